import type { JsonObject } from './json/json-value.js';

/** Where a user comes from. */
export interface Realm {
  readonly name: string;
  readonly type: string;
}

/** Whom a key belongs to. */
export interface Owner {
  readonly username: string;
  readonly fullName: string | null;
  readonly email: string | null;
  readonly metadata: JsonObject;
  readonly realm: Realm;
}
