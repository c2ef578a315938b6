import type { AllowRule, Profile } from '../../config/profiles/profile.js';
import type { WorkloadIdentity } from '../../workload-identity/workload-identity.js';
import { matchesSpiffePattern } from './spiffe-pattern.js';

/**
 * Whether a workload may have credentials of a profile: any one rule that matches what it has proved. Deny by default.
 */
export function mayHave(profile: Profile, workload: WorkloadIdentity): boolean {
  return profile.allow.some((rule) => matches(rule, workload));
}

function matches(rule: AllowRule, { spiffeId, kubernetes, jwt }: WorkloadIdentity): boolean {
  if ('spiffe_id' in rule) return spiffeId !== undefined && spiffeId === rule.spiffe_id;
  if ('spiffe_pattern' in rule) return spiffeId !== undefined && matchesSpiffePattern(rule.spiffe_pattern, spiffeId);
  if ('kubernetes' in rule) {
    return (
      kubernetes !== undefined &&
      kubernetes.namespace === rule.kubernetes.namespace &&
      kubernetes.serviceAccount === rule.kubernetes.service_account
    );
  }
  return (
    jwt !== undefined &&
    jwt.issuer === rule.jwt.issuer &&
    Object.entries(rule.jwt.claims).every(([name, value]) => holds(jwt.claims, name, value))
  );
}

function holds(claims: Readonly<Record<string, unknown>>, name: string, value: string | number | boolean): boolean {
  if (!Object.hasOwn(claims, name)) return false;
  const claim = claims[name];
  return Array.isArray(claim) ? claim.includes(value) : claim === value;
}

/**
 * Kubernetes namespace of a workload, from its token or from a SPIFFE id of the form `/ns/<namespace>/sa/<account>`.
 */
export function namespaceOf({
  kubernetes,
  spiffeId,
}: Pick<WorkloadIdentity, 'kubernetes' | 'spiffeId'>): string | undefined {
  return kubernetes?.namespace ?? /^spiffe:\/\/[^/]+\/ns\/([^/]+)\/sa\/[^/]+$/.exec(spiffeId ?? '')?.[1];
}
