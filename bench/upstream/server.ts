/**
 * A stand-in for Elasticsearch that costs next to nothing: it reads each request whole and answers with bytes made
 * before. `node upstream/server.ts PORT`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { ANSWERS } from './answers.ts';

const KEEP_ALIVE_MS = 600_000;

const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => answer(request, Buffer.concat(chunks), response));
});

function answer({ url = '' }: IncomingMessage, body: Buffer, response: ServerResponse): void {
  const found = choose(url, body);
  const payload =
    found ??
    Buffer.from('{"error":{"type":"illegal_argument_exception","reason":"not in this stand-in"},"status":400}');
  response.writeHead(found === undefined ? 400 : 200, {
    'x-elastic-product': 'Elasticsearch',
    'content-type': 'application/json',
    'content-length': payload.length,
  });
  response.end(payload);
}

function choose(url: string, body: Buffer): Buffer | undefined {
  if (url.startsWith('/_security/_query/api_key')) return body.includes('"ids"') ? ANSWERS.oneKey : ANSWERS.fiftyKeys;
  if (url.startsWith('/_security/api_key')) return ANSWERS.created;
  if (url === '/_security/user/_has_privileges') return ANSWERS.privileges;
  return url === '/_security/_authenticate' ? ANSWERS.caller : undefined;
}

server.listen(Number(process.argv[2]), '127.0.0.1');
