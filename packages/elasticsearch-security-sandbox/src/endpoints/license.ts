import { randomUUID } from 'node:crypto';
import { authorize } from '../authorization.js';
import { illegalArgument } from '../errors.js';
import type { JsonObject } from '../json/json-value.js';
import { ok, type Answer, type SandboxRequest } from '../request.js';

/** `GET /_license`. */
export function getLicense(request: SandboxRequest): Answer {
  const { node, subject, parameters } = request;
  parameters.flag('local');
  const accept = parameters.get('accept_enterprise');
  if (accept === 'false') throw illegalArgument('The [accept_enterprise] parameters may not be false');
  request.refuseUnconsumed();
  authorize(node, subject, { action: 'cluster:monitor/xpack/license/get' });
  return ok({ license: node.license.toJson() });
}

/** `GET /_license/basic_status`. */
export function basicStatus(request: SandboxRequest): Answer {
  request.refuseUnconsumed();
  authorize(request.node, request.subject, { action: 'cluster:monitor/xpack/license/basic_status' });
  return ok({ eligible_to_start_basic: request.node.license.type !== 'basic' });
}

/** `GET /_license/trial_status`. */
export function trialStatus(request: SandboxRequest): Answer {
  request.refuseUnconsumed();
  authorize(request.node, request.subject, { action: 'cluster:monitor/xpack/license/trial_status' });
  return ok({ eligible_to_start_trial: !request.node.license.isTrialUsed });
}

/** `POST /_license/start_basic`. */
export function startBasic(request: SandboxRequest): Answer {
  const { node } = request;
  const isAcknowledged = acknowledged(request, 'cluster:admin/xpack/license/start_basic');
  if (node.license.type === 'basic') {
    return refused({
      acknowledged: true,
      basic_was_started: false,
      error_message: 'Operation failed: Current license is basic.',
    });
  }
  if (!isAcknowledged) {
    const error_message = 'Operation failed: Needs acknowledgement.';
    return ok({
      acknowledged: false,
      basic_was_started: false,
      error_message,
      acknowledge: basicMessages(node.isNine),
    });
  }
  node.license.change('basic', 'active', randomUUID(), node.now());
  return ok({ acknowledged: true, basic_was_started: true });
}

/** `POST /_license/start_trial`. */
export function startTrial(request: SandboxRequest): Answer {
  const { node } = request;
  request.parameters.get('type');
  const isAcknowledged = acknowledged(request, 'cluster:admin/xpack/license/start_trial');
  if (!isAcknowledged) {
    const error_message = 'Operation failed: Needs acknowledgement.';
    return ok({ acknowledged: false, trial_was_started: false, error_message, acknowledge: TRIAL_MESSAGES });
  }
  if (node.license.isTrialUsed) {
    return refused({
      acknowledged: true,
      trial_was_started: false,
      error_message: 'Operation failed: Trial was already activated.',
    });
  }
  node.license.change('trial', 'active', randomUUID(), node.now());
  return ok({ acknowledged: true, trial_was_started: true, type: 'trial' });
}

/** `GET /_xpack`, of which only the license and what security needs is told. */
export function xpackInfo(request: SandboxRequest): Answer {
  const { node, subject, parameters } = request;
  const categories = (parameters.get('categories') ?? 'build,license,features').split(',');
  parameters.get('accept_enterprise');
  request.refuseUnconsumed();
  authorize(node, subject, { action: 'cluster:monitor/xpack/info' });
  const isOn = node.settings.securityEnabled;
  return ok({
    license: categories.includes('license') ? node.license.toSummary() : undefined,
    features: categories.includes('features') ? { security: { available: true, enabled: isOn } } : undefined,
    tagline: 'You know, for X',
  });
}

/** `GET /_xpack/usage`, of which only the part about security is told. */
export function xpackUsage(request: SandboxRequest): Answer {
  const { node, subject } = request;
  request.refuseUnconsumed();
  authorize(node, subject, { action: 'cluster:monitor/xpack/usage' });
  const { securityEnabled, apiKeysEnabled, tokensEnabled } = node.settings;
  return ok({
    security: {
      available: true,
      enabled: securityEnabled,
      api_key_service: { enabled: apiKeysEnabled },
      token_service: { enabled: tokensEnabled },
    },
  });
}

function acknowledged(request: SandboxRequest, action: string): boolean {
  const isAcknowledged = request.parameters.flag('acknowledge');
  request.refuseUnconsumed();
  authorize(request.node, request.subject, { action });
  return isAcknowledged;
}

function refused(body: JsonObject): Answer {
  return { status: 403, body };
}

const TRIAL_MESSAGES: JsonObject = {
  message:
    'This API initiates a free 30-day trial for all subscription features. By starting this trial, you agree ' +
    'that it is subject to the terms and conditions at https://www.elastic.co/legal/trial_license/. To begin ' +
    'your free trial, call /start_trial again and specify the "acknowledge=true" parameter.',
  security: ['With a trial license, X-Pack security features are available, but are not enabled by default.'],
};

function basicMessages(isNine: boolean): JsonObject {
  return {
    message:
      'This license update requires acknowledgement. To acknowledge the license, please read the following ' +
      'messages and call /start_basic again, this time with the "acknowledge=true" parameter:',
    watcher: ['Watcher will be disabled'],
    enterprise_search: [
      'Search Applications and behavioral analytics will be disabled.',
      'Query rules will be disabled.',
      'Elastic Web crawler will be disabled.',
      'Connector clients require at least a platinum license.',
    ],
    inference: isNine ? ['The Inference API will be disabled'] : undefined,
    esql: ['ES|QL cross-cluster search will be disabled.'],
    beats: ['Beats will no longer be able to use centrally-managed configuration'],
    monitoring: [
      'Multi-cluster support is disabled for clusters with [BASIC] license. If you are\nrunning multiple ' +
        "clusters, users won't be able to access the clusters with\n[BASIC] licenses from within a single X-Pack " +
        'Kibana instance. You will have to deploy a\nseparate and dedicated X-pack Kibana instance for each ' +
        '[BASIC] cluster you wish to monitor.',
    ],
    graph: ['Graph will be disabled'],
    sql: ['JDBC and ODBC support will be disabled, but you can continue to use SQL CLI and REST endpoint'],
    gpu_vector_indexing: isNine ? ['Indexing using a GPU will be disabled'] : undefined,
    logstash: ['Logstash will no longer poll for centrally-managed pipelines'],
    security: [
      'Authentication will be limited to the native and file realms.',
      'Security tokens will not be supported.',
      'IP filtering and auditing will be disabled.',
      'Field and document level access control will be disabled.',
      'Custom realms will be ignored.',
      'A custom authorization engine will be ignored.',
    ],
    ccr: ['Cross-Cluster Replication will be disabled'],
    redact_processor: ['Redact ingest pipeline processors will be disabled'],
    ml: ['Machine learning will be disabled'],
  };
}
