import { EMPTY_ROLE, type IndexPrivileges, type RoleDescriptor } from '../roles/role-descriptor.js';

const WRITE_DATA = ['write', 'create_index', 'auto_configure'];
const KEEP_STATE = ['read', 'write', 'monitor', 'create_index', 'auto_configure', 'maintenance'];
const LOGS = [
  'logs-*',
  'metrics-*',
  'traces-*',
  '.logs-endpoint.diagnostic.collection-*',
  '.logs-endpoint.action.responses-*',
];

/**
 * The service accounts the sandbox knows; `elastic/kibana`, whose role is long and changes often, is not one of them.
 */
export const SERVICE_ACCOUNTS: ReadonlyMap<string, RoleDescriptor> = new Map([
  [
    'elastic/fleet-server-remote',
    { ...EMPTY_ROLE, cluster: ['monitor', 'manage_own_api_key'], indices: [entry(LOGS, WRITE_DATA)] },
  ],
  [
    'elastic/auto-ops',
    {
      ...EMPTY_ROLE,
      cluster: ['monitor', 'read_ilm', 'read_slm'],
      indices: [entry(['*'], ['monitor', 'view_index_metadata'], true)],
    },
  ],
  [
    'elastic/fleet-server',
    {
      ...EMPTY_ROLE,
      cluster: ['monitor', 'manage_own_api_key', 'read_fleet_secrets', 'cluster:admin/xpack/connector/*'],
      indices: [
        entry(['logs', 'logs.*', ...LOGS, '.logs-endpoint.heartbeat-*'], WRITE_DATA),
        entry(['profiling-*'], ['read', 'write']),
        entry(['.profiling-sq-*'], ['read', 'write', 'maintenance']),
        entry(['traces-apm.sampled-*'], ['read', 'monitor', 'maintenance']),
        entry(['.fleet-secrets*'], ['read'], true),
        ...[
          'actions',
          'agents',
          'artifacts',
          'enrollment-api-keys',
          'policies',
          'policies-leader',
          'servers',
          'fileds',
        ].map((name) => entry([`.fleet-${name}*`], KEEP_STATE, true)),
        entry(['synthetics-*'], ['read', 'write', 'create_index', 'auto_configure']),
        ...[['.elastic-connectors*'], ['content-*', '.search-acl-filter-*']].map((names) =>
          entry(names, [...KEEP_STATE, 'view_index_metadata']),
        ),
        entry(['.endpoint-fleetfiles-*'], ['read']),
        entry(['agentless-*'], [...KEEP_STATE, 'view_index_metadata']),
      ],
      applications: [{ application: 'kibana-*', privileges: ['reserved_fleet-setup'], resources: ['*'] }],
    },
  ],
]);

function entry(
  names: readonly string[],
  privileges: readonly string[],
  allowRestrictedIndices = false,
): IndexPrivileges {
  return { names, privileges, fieldSecurity: undefined, query: undefined, allowRestrictedIndices };
}
