// Asked of a real 9.5.3 node with `_has_privileges`, one role a privilege.

/** What a named cluster privilege holds beside itself; `all` holds every one. */
export const CLUSTER_IMPLICATIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['create_snapshot', ['monitor_snapshot']],
  [
    'manage',
    [
      'cancel_task', 'create_snapshot', 'cross_cluster_replication', 'cross_cluster_search', 'manage_autoscaling',
      'manage_behavioral_analytics', 'manage_connector', 'manage_data_frame_transforms', 'manage_enrich',
      'manage_ilm', 'manage_index_templates', 'manage_inference', 'manage_ingest_pipelines',
      'manage_logstash_pipelines', 'manage_ml', 'manage_pipeline', 'manage_reindex', 'manage_rollup',
      'manage_search_application', 'manage_search_query_rules', 'manage_search_synonyms', 'manage_slm',
      'manage_transform', 'manage_watcher', 'monitor', 'monitor_connector', 'monitor_data_frame_transforms',
      'monitor_enrich', 'monitor_esql', 'monitor_inference', 'monitor_ml', 'monitor_reindex', 'monitor_rollup',
      'monitor_snapshot', 'monitor_stats', 'monitor_text_structure', 'monitor_transform', 'monitor_watcher',
      'post_behavioral_analytics_event', 'read_connector_secrets', 'read_fleet_secrets', 'read_ilm',
      'read_pipeline', 'read_slm', 'transport_client', 'write_connector_secrets', 'write_fleet_secrets',
    ],
  ],
  ['manage_api_key', ['clone_api_key', 'grant_api_key', 'manage_own_api_key']],
  ['manage_behavioral_analytics', ['post_behavioral_analytics_event']],
  ['manage_ccr', ['read_ccr']],
  ['manage_connector', ['monitor_connector']],
  ['manage_data_frame_transforms', ['manage_transform', 'monitor_data_frame_transforms', 'monitor_transform']],
  ['manage_enrich', ['monitor_enrich']],
  ['manage_ilm', ['read_ilm']],
  ['manage_inference', ['monitor_inference']],
  ['manage_ingest_pipelines', ['manage_pipeline', 'read_pipeline']],
  ['manage_ml', ['monitor_ml']],
  ['manage_pipeline', ['manage_ingest_pipelines', 'read_pipeline']],
  ['manage_reindex', ['monitor_reindex']],
  ['manage_rollup', ['monitor_rollup']],
  [
    'manage_security',
    [
      'clone_api_key', 'grant_api_key', 'manage_api_key', 'manage_oidc', 'manage_own_api_key',
      'manage_service_account', 'manage_token', 'manage_user_profile', 'read_security',
    ],
  ],
  ['manage_slm', ['read_slm']],
  ['manage_transform', ['manage_data_frame_transforms', 'monitor_data_frame_transforms', 'monitor_transform']],
  ['manage_watcher', ['monitor_watcher']],
  [
    'monitor',
    [
      'monitor_data_frame_transforms', 'monitor_esql', 'monitor_inference', 'monitor_ml', 'monitor_reindex',
      'monitor_rollup', 'monitor_stats', 'monitor_text_structure', 'monitor_transform', 'monitor_watcher',
      'transport_client',
    ],
  ],
  ['monitor_data_frame_transforms', ['monitor_transform']],
  ['monitor_transform', ['monitor_data_frame_transforms']],
]);

/** What a named index privilege holds beside itself; `all` holds every one. */
export const INDEX_IMPLICATIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['auto_configure', ['none']],
  ['create', ['create_doc', 'none']],
  ['create_dataset', ['none']],
  ['create_doc', ['none']],
  ['create_index', ['none']],
  ['create_view', ['none']],
  ['cross_cluster_replication', ['none']],
  ['cross_cluster_replication_internal', ['none']],
  ['delete', ['none']],
  ['delete_dataset', ['none']],
  ['delete_index', ['none']],
  ['delete_view', ['none']],
  ['index', ['create', 'create_doc', 'none']],
  ['maintenance', ['none']],
  [
    'manage',
    [
      'auto_configure', 'create_dataset', 'create_index', 'create_view', 'delete_dataset', 'delete_index',
      'delete_view', 'maintenance', 'manage_data_stream_lifecycle', 'manage_dataset', 'manage_failure_store',
      'manage_follow_index', 'manage_ilm', 'manage_leader_index', 'manage_view', 'monitor', 'none',
      'read_dataset_metadata', 'read_view_metadata', 'view_index_metadata',
    ],
  ],
  ['manage_data_stream_lifecycle', ['none']],
  ['manage_dataset', ['create_dataset', 'delete_dataset', 'none', 'read_dataset_metadata']],
  ['manage_failure_store', ['manage', 'manage_data_stream_lifecycle']],
  ['manage_follow_index', ['none']],
  ['manage_ilm', ['none']],
  ['manage_leader_index', ['none']],
  ['manage_view', ['create_view', 'delete_view', 'none', 'read_view_metadata']],
  ['monitor', ['none']],
  ['read', ['none', 'read_cross_cluster']],
  ['read_cross_cluster', ['none']],
  ['read_dataset_metadata', ['none']],
  ['read_view_metadata', ['none']],
  ['view_index_metadata', ['none']],
  ['write', ['create', 'create_doc', 'delete', 'index', 'none']],
]);

/** Held by whoever holds any cluster privilege: they stand for no action of their own. */
export const HELD_BY_ANYONE: readonly string[] = [
  'none',
  'manage_data_stream_global_retention',
  'monitor_data_stream_global_retention',
];
