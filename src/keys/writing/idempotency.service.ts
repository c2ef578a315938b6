import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { UNIT_MS } from '../../config/duration.js';
import { Settings } from '../../config/settings.js';
import { CallerGateway } from '../../elasticsearch/caller-gateway.js';
import { ElasticsearchClock } from '../../elasticsearch/elasticsearch-clock.js';
import { ServiceGateway } from '../../elasticsearch/service-gateway.js';
import type { StateDocument } from '../../elasticsearch/state-documents.js';
import { invalidField, ServiceError } from '../../errors/service-error.js';
import type { Caller } from '../../identity/caller.js';
import type { AuthorizedCaller } from '../../identity/request-context.js';
import { type JsonRecord, stringAt } from '../../json/json-record.js';
import { type Claim, StateStore } from '../../state/state-store.js';
import { KeyLocks } from './key-locks.js';
import { SERVICE_METADATA, serviceMetadataOf, type ServiceMetadata } from '../model/service-metadata.js';

const LIFETIME_MS = UNIT_MS.d;
const KEY_FORM = /^[A-Za-z0-9_.:-]{16,64}$/;
/** Refusals after which it is certain that nothing was made. */
const CERTAIN = new Set([400, 401, 403, 404, 409, 429, 501]);
/** After the longest call, and a refresh, a key that was made can be found. */
const VISIBLE_AFTER_MS = 5000;
/** How long keys that were made at the same moment may take to see each other: Elasticsearch's refresh interval and some. */
const SETTLE_MS = 1300;
/** More replicas than this do not try at the same moment. */
const MAX_MADE = 100;

/** A create that is carried out once. */
export interface OneTimeCreate<T> {
  idempotencyKey: string | undefined;
  operation: string;
  body: unknown;
  /** Makes the key; `mark` goes into its metadata under `latchkey`. */
  work: (mark: ServiceMetadata) => Promise<T>;
  /** Ends a key whose secret has not left. @returns its id when it may live on. */
  takeBack: (made: T) => Promise<string | undefined>;
}

/** What was made, and how it is undone: then the Idempotency-Key may be used again. */
export interface Once<T> {
  made: T;
  /** @returns the id of a key that may live on. */
  undo: () => Promise<string | undefined>;
}

/**
 * Keeps a create with an `Idempotency-Key` from being carried out twice, for 24 hours: by any replica, and after
 * restarts. What decides is a document that Elasticsearch lets be made once (`StateStore`). Without an identity of the
 * service the new keys themselves decide: each carries a digest of the Idempotency-Key, and of those that can see each
 * other the oldest stays. Digests and the id of the key are kept, never the secret: a repeat is told the id.
 */
@Injectable()
export class Idempotency {
  constructor(
    private readonly state: StateStore,
    private readonly gateway: CallerGateway,
    private readonly service: ServiceGateway,
    private readonly clock: ElasticsearchClock,
    private readonly locks: KeyLocks,
    private readonly settings: Settings,
  ) {}

  /**
   * @throws ServiceError `request.already-done`, `request.idempotency-mismatch`, `request.invalid` (form of the
   * header).
   */
  async once<T extends { key: { id: string } }>(caller: AuthorizedCaller, create: OneTimeCreate<T>): Promise<Once<T>> {
    const { idempotencyKey, operation, body } = create;
    if (idempotencyKey === undefined) {
      const made = await create.work({});
      return { made, undo: () => create.takeBack(made) };
    }
    requireIdempotencyForm(idempotencyKey);
    const mark = { idempotency: nameOf(caller.caller, operation, idempotencyKey), request: digest(body) };
    const claim = this.state.available ? await this.claim(mark) : undefined;
    if (claim !== undefined) return this.byState(caller, mark, claim, create);
    // Those that come to one replica wait for each other, so that the second finds the key of the first.
    return this.locks.run([`idempotency:${mark.idempotency}`], () => this.byMetadata(caller, mark, create));
  }

  /** @returns undefined when the service identity may not keep state: it is older than the state index. */
  private async claim({ idempotency, request }: Mark): Promise<Claim | undefined> {
    const now = this.clock.now();
    try {
      return await this.state.claim('idempotency', idempotency, { request, begun: now }, now + LIFETIME_MS);
    } catch (error) {
      if (error instanceof ServiceError && error.code === 'service-identity.insufficient') return undefined;
      throw error;
    }
  }

  private async byState<T extends { key: { id: string } }>(
    caller: AuthorizedCaller,
    mark: Mark,
    claim: Claim,
    { work, takeBack }: OneTimeCreate<T>,
  ): Promise<Once<T>> {
    const begun = claim.won ? claim.document : await this.takeOver(caller, mark, claim.document);
    try {
      const made = await work({ ...mark });
      // When it fails, a repeat finds the key by its metadata.
      const noted = await this.state
        .change(begun, { request: mark.request, key_id: made.key.id })
        .catch(() => undefined);
      return { made, undo: () => this.undo(noted ?? begun, () => takeBack(made)) };
    } catch (error) {
      if (isCertain(error)) await this.forget(begun);
      throw error;
    }
  }

  private async undo(
    document: StateDocument,
    takeBack: () => Promise<string | undefined>,
  ): Promise<string | undefined> {
    const left = await takeBack();
    if (left === undefined) await this.forget(document);
    return left;
  }

  /** Never fails: a document that stays refuses a repeat, which is safe. */
  private async forget(document: StateDocument): Promise<void> {
    await this.state.remove(document).catch(() => undefined);
  }

  /**
   * Goes on with a create whose replica died before it could say what became of it, once it is sure that no key was
   * made.
   *
   * @throws ServiceError `request.already-done`, `request.idempotency-mismatch`.
   */
  private async takeOver(caller: AuthorizedCaller, mark: Mark, document: StateDocument): Promise<StateDocument> {
    const { request, begun } = document.data;
    if (request !== mark.request) throw mismatch();
    const keyId = stringAt(document.data, 'key_id');
    if (keyId !== undefined) throw alreadyDone(keyId);
    const now = this.clock.now();
    if (typeof begun !== 'number' || now - begun < this.settings.elasticsearchTimeoutMs + VISIBLE_AFTER_MS)
      throw stillRunning();
    const [made] = await this.madeWith(caller, mark);
    if (made !== undefined) {
      await this.state.change(document, { request, key_id: made.id });
      throw alreadyDone(made.id);
    }
    const taken = await this.state.change(document, { request, begun: now });
    if (taken === undefined) throw stillRunning();
    return taken;
  }

  private async byMetadata<T extends { key: { id: string } }>(
    caller: AuthorizedCaller,
    mark: Mark,
    { work, takeBack }: OneTimeCreate<T>,
  ): Promise<Once<T>> {
    const [before] = await this.madeWith(caller, mark);
    if (before !== undefined) throw before.request === mark.request ? alreadyDone(before.id) : mismatch();
    const made = await work({ ...mark });
    await sleep(SETTLE_MS);
    const [first] = await this.madeWith(caller, mark);
    if (first === undefined || first.id === made.key.id) return { made, undo: () => takeBack(made) };
    await takeBack(made);
    throw alreadyDone(first.id);
  }

  /**
   * The living keys that were made with this Idempotency-Key within 24 hours, the oldest first: those of the caller, and
   * those that the service made for it. Metadata prove nothing, so the owner is part of the query.
   */
  private async madeWith({ credential, caller }: AuthorizedCaller, mark: Mark): Promise<MadeKey[]> {
    const { keys: own } = await this.gateway.queryKeys(credential, this.madeQuery(caller, mark));
    const byService = this.service.available
      ? (await this.service.queryKeys(this.madeQuery(await this.service.identity(), mark))).keys
      : [];
    return [...own, ...byService]
      .map(({ id, creation, metadata }) => ({ id, creation, request: serviceMetadataOf(metadata).request }))
      .sort((a, b) => a.creation - b.creation || (a.id < b.id ? -1 : 1));
  }

  private madeQuery({ username, realm }: Caller, { idempotency }: Mark): JsonRecord {
    const filter = [
      { term: { username } },
      { term: { realm_name: realm.name } },
      { term: { invalidated: false } },
      { term: { [`metadata.${SERVICE_METADATA}.idempotency`]: idempotency } },
      { range: { creation: { gt: this.clock.now() - LIFETIME_MS } } },
    ];
    return { query: { bool: { filter } }, sort: [{ creation: { order: 'asc' } }], size: MAX_MADE };
  }
}

interface Mark extends ServiceMetadata {
  idempotency: string;
  request: string;
}

interface MadeKey {
  id: string;
  creation: number;
  request: string | undefined;
}

/** @throws ServiceError `request.invalid` at `header:idempotency-key`. */
export function requireIdempotencyForm(idempotencyKey: string): void {
  if (KEY_FORM.test(idempotencyKey)) return;
  throw invalidField(
    'header:idempotency-key',
    'idempotency-key.malformed',
    'must have 16 to 64 characters of A-Z, a-z, 0-9, _ . : -',
  );
}

function nameOf({ realm, username }: Caller, operation: string, idempotencyKey: string): string {
  return digest([realm.name, username, operation, idempotencyKey]);
}

function isCertain(error: unknown): boolean {
  return error instanceof ServiceError && CERTAIN.has(error.status);
}

function mismatch(): ServiceError {
  return new ServiceError('request.idempotency-mismatch', 'This Idempotency-Key was used with another body.');
}

function stillRunning(): ServiceError {
  return new ServiceError(
    'request.already-done',
    'The first request with this Idempotency-Key is still running, or its outcome is unknown. Repeat it later.',
  );
}

function alreadyDone(keyId: string): ServiceError {
  return new ServiceError(
    'request.already-done',
    'The first request with this Idempotency-Key made the key; its secret was answered then.',
    { members: { key_id: keyId } },
  );
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url');
}
