/** An empty id would turn an update into a create (PUT `/_security/api_key/`). */
export function pathSegment(id: string): string {
  if (id.trim() === '') throw new TypeError('an id is needed');
  return encodeURIComponent(id);
}
