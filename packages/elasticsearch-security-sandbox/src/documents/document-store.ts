import { isJsonObject, type JsonObject, type JsonValue } from '../json/json-value.js';

/** A document with what `if_seq_no` and `if_primary_term` are compared with. */
export interface StoredDocument {
  readonly id: string;
  readonly source: JsonObject;
  readonly version: number;
  readonly seqNo: number;
}

/** An index: its documents by id, and the names of fields that its mapping knows when it is strict. */
export class StoredIndex {
  private readonly documents = new Map<string, StoredDocument>();
  private nextSeqNo = 0;

  constructor(
    readonly name: string,
    readonly aliases: ReadonlySet<string>,
    /** Undefined = any field. */
    private readonly fields: ReadonlySet<string> | undefined,
  ) {}

  get(id: string): StoredDocument | undefined {
    return this.documents.get(id);
  }

  all(): StoredDocument[] {
    return [...this.documents.values()];
  }

  put(id: string, source: JsonObject): StoredDocument {
    const document = { id, source, version: (this.get(id)?.version ?? 0) + 1, seqNo: this.nextSeqNo++ };
    this.documents.set(id, document);
    return document;
  }

  remove(id: string): StoredDocument | undefined {
    const document = this.get(id);
    this.documents.delete(id);
    return document && { ...document, version: document.version + 1, seqNo: this.nextSeqNo++ };
  }

  /** The first field at the top that a strict mapping does not know. */
  unknownField(source: JsonObject): string | undefined {
    return this.fields && Object.keys(source).find((name) => !this.fields?.has(name));
  }
}

/** The indices that somebody made; every other index a caller may read is there and empty. */
export class DocumentStore {
  private readonly indices = new Map<string, StoredIndex>();

  /** @returns undefined when there is one of that name. */
  create(name: string, settings: JsonObject): StoredIndex | undefined {
    if (this.find(name) !== undefined) return undefined;
    const aliases = isJsonObject(settings['aliases']) ? Object.keys(settings['aliases']) : [];
    const index = new StoredIndex(name, new Set(aliases), strictFields(settings['mappings']));
    this.indices.set(name, index);
    return index;
  }

  /** By name or alias. */
  find(name: string): StoredIndex | undefined {
    return this.indices.get(name) ?? this.ofAlias(name);
  }

  ofAlias(alias: string): StoredIndex | undefined {
    return [...this.indices.values()].find((index) => index.aliases.has(alias));
  }

  remove(name: string): boolean {
    return this.indices.delete(name);
  }
}

function strictFields(mappings: JsonValue | undefined): ReadonlySet<string> | undefined {
  if (!isJsonObject(mappings) || mappings['dynamic'] !== 'strict' || !isJsonObject(mappings['properties']))
    return undefined;
  return new Set(Object.keys(mappings['properties']));
}
