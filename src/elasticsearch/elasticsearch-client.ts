import { Client, Serializer } from '@elastic/elasticsearch';

export interface ElasticsearchConnection {
  urls: readonly string[];
  /** PEM of the certificate authority that signed the nodes' certificates. */
  ca?: string;
  tlsVerify: boolean;
  maxConnections: number;
}

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** Hands answers on as text: they are parsed once, by `parseExactJson`, which keeps long integers. */
class TextSerializer extends Serializer {
  override deserialize<T>(json: string): T {
    return json as T;
  }
}

/**
 * A client that holds no credential, so that a forgotten header can only mean 401, and that never retries: a create
 * sent twice makes two keys.
 */
export function createElasticsearchClient(connection: ElasticsearchConnection): Client {
  return new Client({
    nodes: [...connection.urls],
    Serializer: TextSerializer,
    maxRetries: 0,
    compression: false,
    maxResponseSize: MAX_ANSWER_BYTES,
    // Nobody asked for a compressed answer, and how large one gets is only known when it is too late.
    maxCompressedResponseSize: 0,
    enableMetaHeader: false,
    // Plain JSON instead of the client's versioned media type, which Elasticsearch 8 refuses from a client of major 9.
    headers: { accept: 'application/json', 'content-type': 'application/json', 'user-agent': 'latchkey' },
    agent: { connections: connection.maxConnections },
    // Not `remove`, which takes Retry-After away as well. No error of the client leaves this folder in any case.
    redaction: { type: 'replace', additionalKeys: ['es-client-authentication'] },
    ...(connection.urls.some((url) => url.startsWith('https:')) && {
      tls: {
        ...(connection.ca !== undefined && { ca: connection.ca }),
        rejectUnauthorized: connection.tlsVerify,
        minVersion: 'TLSv1.2' as const,
      },
    }),
  });
}
