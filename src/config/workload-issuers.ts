import { load, YAMLException } from 'js-yaml';
import { ConfigError, shown } from './config-error.js';
import { durationPattern, toMilliseconds, UNIT_MS } from './duration.js';
import { readNamedFile, type ReadFile } from './read-file.js';

const SETTING = 'LATCHKEY_WORKLOAD_ISSUERS_FILE';

const ISSUER_KINDS = ['jwt_svid', 'kubernetes', 'jwt'] as const;

/** Asymmetric only: with a shared secret whoever verifies could also issue. */
const TOKEN_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;

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

/** Whose tokens are accepted, and how they are verified. Everything that decides comes from here and nothing from a token. */
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
const MAX_AGE = new RegExp(durationPattern(['s', 'm', 'h', 'd'], 6));
const NAMES = [
  'issuer',
  'kind',
  'audience',
  'algorithms',
  'jwks_uri',
  'jwks_file',
  'jwks_token_file',
  'ca_file',
  'max_age',
  'trust_domain',
  'token_review',
];

type Fields = Record<string, unknown>;

/** @param text YAML or JSON with `issuers`. @throws ConfigError that names the place, never a value that could be secret. */
export function parseWorkloadIssuers(text: string, allowHttp: boolean): WorkloadIssuer[] {
  let document: unknown;
  try {
    document = load(text);
  } catch (error) {
    throw new ConfigError(
      SETTING,
      `is not valid YAML or JSON${error instanceof YAMLException ? ` (line ${(error.mark?.line ?? 0) + 1})` : ''}`,
    );
  }
  const { issuers: listed } = fields(document, '', ['issuers']);
  if (!Array.isArray(listed) || listed.length === 0)
    throw new ConfigError(SETTING, 'issuers must be a list of at least one issuer');
  const issuers = listed.map((item: unknown, index) => parseIssuer(item, `issuers[${index}]`, allowHttp));
  const twice = issuers.find(({ issuer }, index) => issuers.findIndex((other) => other.issuer === issuer) !== index);
  if (twice !== undefined) throw new ConfigError(SETTING, `${shown(twice.issuer)} is listed twice`);
  // A namespace and a service account say nothing of the cluster, so two clusters would share their workloads.
  if (issuers.filter(({ kind }) => kind === 'kubernetes').length > 1)
    throw new ConfigError(SETTING, 'only one issuer of kind kubernetes can be listed');
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

function parseIssuer(item: unknown, where: string, allowHttp: boolean): WorkloadIssuer {
  const given = fields(item, where, NAMES);
  const kind = oneOf(given, 'kind', where, ISSUER_KINDS);
  const trustDomain = optionalText(given, 'trust_domain', where);
  if ((kind === 'jwt_svid') !== (trustDomain !== undefined))
    throw new ConfigError(SETTING, `${where}.trust_domain must be set for kind jwt_svid, and for no other`);
  if (trustDomain !== undefined && !/^[a-z0-9._-]{1,255}$/.test(trustDomain))
    throw new ConfigError(SETTING, `${where}.trust_domain must be a SPIFFE trust domain`);
  const tokenReview =
    given['token_review'] === undefined
      ? undefined
      : parseReview(given['token_review'], `${where}.token_review`, allowHttp);
  if (tokenReview !== undefined && kind !== 'kubernetes')
    throw new ConfigError(SETTING, `${where}.token_review is only for kind kubernetes`);
  return {
    issuer: issuerName(given, where),
    kind,
    audience: text(given, 'audience', where),
    algorithms: algorithms(given['algorithms'], where),
    keys: keySource(given, where, allowHttp),
    maxAgeMs:
      given['max_age'] === undefined ? DEFAULT_MAX_AGE_MS : duration(text(given, 'max_age', where), `${where}.max_age`),
    ...(trustDomain !== undefined && { trustDomain }),
    ...(tokenReview !== undefined && { tokenReview }),
  };
}

/** A `#` ends the issuer in the subject of a workload. */
function issuerName(given: Fields, where: string): string {
  const name = text(given, 'issuer', where);
  if (!/^[\x21-\x22\x24-\x7e]{1,255}$/.test(name))
    throw new ConfigError(SETTING, `${where}.issuer must be visible ASCII characters without #`);
  return name;
}

function keySource(given: Fields, where: string, allowHttp: boolean): WorkloadIssuer['keys'] {
  const uri = optionalText(given, 'jwks_uri', where);
  const file = optionalText(given, 'jwks_file', where);
  if ((uri === undefined) === (file === undefined))
    throw new ConfigError(SETTING, `${where} must have either jwks_uri or jwks_file`);
  const caFile = optionalText(given, 'ca_file', where);
  const tokenFile = optionalText(given, 'jwks_token_file', where);
  if (uri === undefined) {
    if (caFile !== undefined || tokenFile !== undefined)
      throw new ConfigError(SETTING, `${where}: ca_file and jwks_token_file go with jwks_uri`);
    return { file: file as string };
  }
  return {
    uri: address(uri, `${where}.jwks_uri`, allowHttp),
    ...(caFile !== undefined && { caFile }),
    ...(tokenFile !== undefined && { tokenFile }),
  };
}

function parseReview(item: unknown, where: string, allowHttp: boolean): TokenReviewSource {
  const given = fields(item, where, ['url', 'token_file', 'ca_file']);
  const caFile = optionalText(given, 'ca_file', where);
  return {
    url: address(text(given, 'url', where), `${where}.url`, allowHttp),
    tokenFile: text(given, 'token_file', where),
    ...(caFile !== undefined && { caFile }),
  };
}

/** Nothing that could be a secret, or lead elsewhere, may stand in an address. */
function address(value: string, where: string, allowHttp: boolean): string {
  const scheme = allowHttp ? /^https?:\/\/[^\s@?#\\]+$/ : /^https:\/\/[^\s@?#\\]+$/;
  if (!scheme.test(value) || !URL.canParse(value)) {
    throw new ConfigError(
      SETTING,
      `${where} must be an https:// address without user name, query and fragment${allowHttp ? '' : ' (http:// needs LATCHKEY_ALLOW_INSECURE_ISSUERS)'}`,
    );
  }
  return value.replace(/\/$/, '');
}

function algorithms(value: unknown, where: string): TokenAlgorithm[] {
  if (value === undefined) return ['RS256', 'ES256'];
  const known: readonly unknown[] = TOKEN_ALGORITHMS;
  if (!Array.isArray(value) || value.length === 0 || !value.every((name) => known.includes(name))) {
    throw new ConfigError(SETTING, `${where}.algorithms must be a list of ${TOKEN_ALGORITHMS.join(', ')}`);
  }
  return value as TokenAlgorithm[];
}

function duration(value: string, where: string): number {
  const ms = MAX_AGE.test(value) ? toMilliseconds(value) : undefined;
  if (ms === undefined)
    throw new ConfigError(SETTING, `${where} must be a whole number with a unit (s, m, h, d) such as 1h`);
  return ms;
}

function fields(value: unknown, where: string, allowed: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ConfigError(SETTING, `${where || 'the file'} must be a map`);
  const unknown = Object.keys(value).find((name) => !allowed.includes(name));
  if (unknown !== undefined)
    throw new ConfigError(
      SETTING,
      `${where || 'the file'}: ${shown(unknown)} is not known; allowed are ${allowed.join(', ')}`,
    );
  return value as Fields;
}

function text(given: Fields, name: string, where: string): string {
  const value = given[name];
  if (typeof value !== 'string' || value === '') throw new ConfigError(SETTING, `${where}.${name} must be a text`);
  return value;
}

function optionalText(given: Fields, name: string, where: string): string | undefined {
  return given[name] === undefined ? undefined : text(given, name, where);
}

function oneOf<T extends string>(given: Fields, name: string, where: string, values: readonly T[]): T {
  const value = values.find((known) => known === given[name]);
  if (value === undefined) throw new ConfigError(SETTING, `${where}.${name} must be one of ${values.join(', ')}`);
  return value;
}
