/** A body that works as it stands, for the documentation; the ids are to be replaced. */
export const INVALIDATE_MANY_EXAMPLES = {
  two: { summary: 'Two keys', value: { ids: ['VuaCfGcBCdbkQm-e5aOx', 'WeaCfGcBCdbkQm-e5aOx'] } },
};
