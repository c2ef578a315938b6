/** Who may have a credential of a profile; a rule names one way of proof, and any one rule that matches is enough. */
export type AllowRule =
  | { spiffe_id: string }
  | { spiffe_pattern: string }
  | { kubernetes: { namespace: string; service_account: string } }
  | { jwt: { issuer: string; claims: Readonly<Record<string, string | number | boolean>> } };

export type JsonObject = Readonly<Record<string, unknown>>;

/** A credential profile: which rights a key gets, how long it lives and who may have one. Read-only. */
export interface Profile {
  name: string;
  /** As Elasticsearch takes them. Never empty, nor is any of them: that would mean all rights of the service. */
  roleDescriptors: Readonly<Record<string, JsonObject>>;
  /** Life of a new key. */
  ttlMs: number;
  /** How far from its creation renewals may stretch a key's life. */
  maxTtlMs: number;
  metadata: JsonObject;
  /** What Envoy gets: the bare key for `header_value_prefix: "ApiKey "`, or the whole value of the header. */
  headerValue: 'encoded' | 'authorization';
  /** Who shares a key: all instances of a workload, or none. */
  per: 'workload' | 'instance';
  /** User that owns the keys, in place of the service's own. */
  runAs?: string;
  /** Share of a key's life after which the next one is made; each key takes a point between the two. */
  rotateAt: { from: number; to: number };
  /** How long after a rotation the old key may live on for instances that have not come back. */
  retireGraceMs: number;
  /** After this long without a poll an instance no longer counts as one that has to come back. */
  instanceTimeoutMs: number;
  /** Gives out nothing, until it is opened again. */
  closed: boolean;
  limits: {
    /** Living keys of one workload. */
    liveKeys: number;
    /** New keys a minute for one workload, at one replica. */
    mintsPerMinute: number;
  };
  /** Empty = nobody. */
  allow: readonly AllowRule[];
  /** Digest of everything that a key of this profile carries: another one means that keys have to be made anew. */
  digest: string;
}
