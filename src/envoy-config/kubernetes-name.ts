/** The name of an object (RFC 1123 subdomain) as near as can be. `name` begins with a letter. */
export function kubernetesName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-')
    .replace(/-+$/, '');
}
