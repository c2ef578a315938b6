// Asked of real nodes: the order is the one of their messages, from narrow to broad.

/** Names of the cluster privileges of 9.x. */
export const CLUSTER_PRIVILEGES_9: readonly string[] = [
  'manage_own_api_key', 'manage_data_stream_global_retention', 'monitor_data_stream_global_retention', 'none',
  'cancel_task', 'clone_api_key', 'cross_cluster_replication', 'cross_cluster_search', 'delegate_pki',
  'grant_api_key', 'manage_autoscaling', 'manage_index_templates', 'manage_logstash_pipelines', 'manage_oidc',
  'manage_saml', 'manage_search_application', 'manage_search_query_rules', 'manage_search_synonyms',
  'manage_service_account', 'manage_token', 'manage_user_profile', 'monitor_connector', 'monitor_enrich',
  'monitor_esql', 'monitor_inference', 'monitor_ml', 'monitor_reindex', 'monitor_rollup', 'monitor_snapshot',
  'monitor_stats', 'monitor_text_structure', 'monitor_watcher', 'post_behavioral_analytics_event', 'read_ccr',
  'read_connector_secrets', 'read_fleet_secrets', 'read_ilm', 'read_pipeline', 'read_project_routing',
  'read_security', 'read_slm', 'transport_client', 'write_connector_secrets', 'write_fleet_secrets',
  'create_snapshot', 'manage_behavioral_analytics', 'manage_ccr', 'manage_connector', 'manage_enrich', 'manage_ilm',
  'manage_inference', 'manage_ml', 'manage_project_routing', 'manage_reindex', 'manage_rollup', 'manage_slm',
  'manage_watcher', 'monitor_data_frame_transforms', 'monitor_transform', 'manage_ingest_pipelines',
  'manage_pipeline', 'manage_api_key', 'manage_data_frame_transforms', 'manage_transform', 'manage_security',
  'monitor', 'manage', 'all',
];

/** Names of the cluster privileges of 8.19. */
export const CLUSTER_PRIVILEGES_8: readonly string[] = [
  'manage_own_api_key', 'manage_data_stream_global_retention', 'monitor_data_stream_global_retention', 'none',
  'cancel_task', 'cross_cluster_replication', 'cross_cluster_search', 'delegate_pki', 'grant_api_key',
  'manage_autoscaling', 'manage_index_templates', 'manage_logstash_pipelines', 'manage_oidc', 'manage_saml',
  'manage_search_application', 'manage_search_query_rules', 'manage_search_synonyms', 'manage_service_account',
  'manage_token', 'manage_user_profile', 'monitor_connector', 'monitor_enrich', 'monitor_inference', 'monitor_ml',
  'monitor_rollup', 'monitor_snapshot', 'monitor_stats', 'monitor_text_structure', 'monitor_watcher',
  'post_behavioral_analytics_event', 'read_ccr', 'read_connector_secrets', 'read_fleet_secrets', 'read_ilm',
  'read_pipeline', 'read_security', 'read_slm', 'transport_client', 'write_connector_secrets',
  'write_fleet_secrets', 'create_snapshot', 'manage_behavioral_analytics', 'manage_ccr', 'manage_connector',
  'manage_enrich', 'manage_ilm', 'manage_inference', 'manage_ml', 'manage_rollup', 'manage_slm', 'manage_watcher',
  'monitor_data_frame_transforms', 'monitor_transform', 'manage_api_key', 'manage_ingest_pipelines',
  'manage_pipeline', 'manage_data_frame_transforms', 'manage_transform', 'manage_security', 'monitor', 'manage',
  'all',
];

/** Accepted, but not listed by `GET /_security/privilege/_builtin`. */
export const HIDDEN_CLUSTER_PRIVILEGES: readonly string[] = [
  'read_project_routing', 'manage_project_routing',
];

/** Names of the index privileges of 9.x. */
export const INDEX_PRIVILEGES_9: readonly string[] = [
  'all', 'auto_configure', 'create', 'create_dataset', 'create_doc', 'create_index', 'create_view',
  'cross_cluster_replication', 'cross_cluster_replication_internal', 'delete', 'delete_dataset', 'delete_index',
  'delete_view', 'index', 'maintenance', 'manage', 'manage_data_stream_lifecycle', 'manage_dataset',
  'manage_failure_store', 'manage_follow_index', 'manage_ilm', 'manage_leader_index', 'manage_view', 'monitor',
  'none', 'read', 'read_cross_cluster', 'read_dataset_metadata', 'read_failure_store', 'read_view_metadata',
  'view_index_metadata', 'write',
];

/** Names of the index privileges of 8.19. */
export const INDEX_PRIVILEGES_8: readonly string[] = [
  'manage_failure_store', 'read_failure_store', 'none', 'create_doc', 'create', 'auto_configure', 'create_index',
  'delete', 'delete_index', 'index', 'maintenance', 'manage_data_stream_lifecycle', 'manage_follow_index',
  'manage_ilm', 'manage_leader_index', 'monitor', 'view_index_metadata', 'cross_cluster_replication',
  'cross_cluster_replication_internal', 'manage', 'read', 'read_cross_cluster', 'write', 'all',
];

/** Privileges a role may have on a remote cluster. */
export const REMOTE_CLUSTER_PRIVILEGES: readonly string[] = [
  'monitor_enrich', 'monitor_stats',
];
