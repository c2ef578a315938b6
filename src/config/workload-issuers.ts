import { toMilliseconds, UNIT_MS } from './duration.js';
import type { Path } from './policy-file/place.js';
import { PolicyFormat, refuseRepeated, type Refuse } from './policy-file/policy-format.js';
import { readNamedFile, type ReadFile } from './read-file.js';
import {
  ADDRESS_WORDS,
  WORKLOAD_ISSUERS_SCHEMA,
  type ISSUER_KINDS,
  type TOKEN_ALGORITHMS,
} from './workload-issuers-schema.js';

type IssuerKind = (typeof ISSUER_KINDS)[number];
type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];

/** Asks Kubernetes about each token, so that one of a deleted pod is refused at once. */
export interface TokenReviewSource {
  /** Address of the Kubernetes API server. */
  url: string;
  /** Token with which Latchkey itself asks; read again when it changes. */
  tokenFile: string;
  caFile?: string;
}

/**
 * Whose tokens are accepted, and how they are verified. Everything that decides comes from here, nothing from a token.
 */
export interface WorkloadIssuer {
  /** Compared with the claim `iss`, character for character. */
  issuer: string;
  kind: IssuerKind;
  /** Must be among the audiences of the token. */
  audience: string;
  algorithms: readonly TokenAlgorithm[];
  keys: { uri: string; caFile?: string; tokenFile?: string } | { file: string };
  /** Longest time since the token was issued, milliseconds. */
  maxAgeMs: number;
  /** For jwt_svid: the one trust domain that this issuer speaks for. */
  trustDomain?: string;
  tokenReview?: TokenReviewSource;
}

const DEFAULT_MAX_AGE_MS = UNIT_MS.h;
const SETTING = 'LATCHKEY_WORKLOAD_ISSUERS_FILE';

interface GivenIssuer {
  issuer: string;
  kind: IssuerKind;
  audience: string;
  algorithms?: readonly TokenAlgorithm[];
  jwks_uri?: string;
  jwks_file?: string;
  jwks_token_file?: string;
  ca_file?: string;
  max_age?: string;
  trust_domain?: string;
  token_review?: { url: string; token_file: string; ca_file?: string };
}

const FORMAT = new PolicyFormat<{ issuers: GivenIssuer[] }>(SETTING, WORKLOAD_ISSUERS_SCHEMA);

/**
 * @param text YAML or JSON with `issuers`.
 * @throws ConfigError that names the place, never a value that could be secret.
 */
export function parseWorkloadIssuers(text: string, allowHttp: boolean): WorkloadIssuer[] {
  const { given, refuse } = FORMAT.accept(text);
  const issuers = given.issuers.map((issuer, index) =>
    toIssuer(issuer, allowHttp, (path, problem) => refuse(['issuers', index, ...path], problem)),
  );
  refuseRepeated(issuers, ['issuers'], 'issuer', refuse);
  // A namespace and a service account say nothing of the cluster, so two clusters would share their workloads.
  if (issuers.filter(({ kind }) => kind === 'kubernetes').length > 1)
    refuse(['issuers'], 'must list only one issuer of kind kubernetes');
  return issuers;
}

/** Every file that the issuers name must be there at the start; later they are read when they are needed. */
export function refuseUnreadableFiles(issuers: readonly WorkloadIssuer[], readFile: ReadFile): void {
  for (const { keys, tokenReview } of issuers) {
    const own = 'file' in keys ? [keys.file] : [keys.caFile, keys.tokenFile];
    for (const path of [...own, tokenReview?.tokenFile, tokenReview?.caFile])
      if (path !== undefined) readNamedFile(SETTING, path, readFile);
  }
}

function toIssuer(given: GivenIssuer, allowHttp: boolean, refuse: Refuse): WorkloadIssuer {
  const { issuer, kind, audience, trust_domain: trustDomain, token_review: review } = given;
  if ((kind === 'jwt_svid') !== (trustDomain !== undefined))
    refuse(['trust_domain'], 'must be set for kind jwt_svid, and for no other');
  if (review !== undefined && kind !== 'kubernetes') refuse(['token_review'], 'is only for kind kubernetes');
  return {
    issuer,
    kind,
    audience,
    algorithms: given.algorithms ?? ['RS256', 'ES256'],
    keys: keySource(given, allowHttp, refuse),
    maxAgeMs: (given.max_age === undefined ? undefined : toMilliseconds(given.max_age)) ?? DEFAULT_MAX_AGE_MS,
    ...(trustDomain !== undefined && { trustDomain }),
    ...(review !== undefined && {
      tokenReview: {
        url: address(review.url, ['token_review', 'url'], allowHttp, refuse),
        tokenFile: review.token_file,
        ...(review.ca_file !== undefined && { caFile: review.ca_file }),
      },
    }),
  };
}

function keySource(given: GivenIssuer, allowHttp: boolean, refuse: Refuse): WorkloadIssuer['keys'] {
  const { jwks_uri: uri, jwks_file: file, ca_file: caFile, jwks_token_file: tokenFile } = given;
  if (uri !== undefined && file === undefined)
    return {
      uri: address(uri, ['jwks_uri'], allowHttp, refuse),
      ...(caFile !== undefined && { caFile }),
      ...(tokenFile !== undefined && { tokenFile }),
    };
  if (file === undefined || uri !== undefined) return refuse([], 'must have either jwks_uri or jwks_file');
  if (caFile !== undefined || tokenFile !== undefined)
    refuse([], 'has ca_file or jwks_token_file, which go with jwks_uri');
  return { file };
}

/** What the pattern of the schema leaves open: whether it is an address at all, and whether by http. */
function address(value: string, path: Path, allowHttp: boolean, refuse: Refuse): string {
  if (!URL.canParse(value)) refuse(path, `must ${ADDRESS_WORDS}`);
  if (!allowHttp && value.startsWith('http://'))
    refuse(path, `must ${ADDRESS_WORDS} (http:// needs LATCHKEY_ALLOW_INSECURE_ISSUERS)`);
  return value.replace(/\/$/, '');
}
