/** The cluster privileges that decide anything in Latchkey. `manage_security` includes all but `monitor`. */
export const CLUSTER_PRIVILEGES = [
  'manage_security',
  'read_security',
  'manage_api_key',
  'manage_own_api_key',
  'monitor',
] as const;

export type ClusterPrivilege = (typeof CLUSTER_PRIVILEGES)[number];

export type ClusterPrivileges = Readonly<Record<ClusterPrivilege, boolean>>;
