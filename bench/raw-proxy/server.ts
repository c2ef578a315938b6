/**
 * The least that a proxy on Node can do for the same three requests: node:http in front, undici behind, bytes passed on
 * unread in both directions, one upstream call a request. No checks, no log, no metrics. `node raw-proxy/server.ts PORT UPSTREAM`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Pool } from 'undici';

const [port, upstream = ''] = process.argv.slice(2);
const pool = new Pool(upstream, { connections: 128 });
const LIST = JSON.stringify({
  query: { bool: { filter: [{ term: { type: 'rest' } }] } },
  sort: [
    { creation: { order: 'desc' } },
    { name: { order: 'asc' } },
    { username: { order: 'asc' } },
    { realm_name: { order: 'asc' } },
  ],
  size: 51,
});

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    forward(request, Buffer.concat(chunks), response).catch(() => response.writeHead(502).end());
  });
});

async function forward(
  { method, url = '', headers }: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  const answer = await pool.request({
    method: 'POST',
    path: method === 'POST' ? '/_security/api_key?refresh=true' : '/_security/_query/api_key',
    headers: { authorization: headers.authorization, 'content-type': 'application/json' },
    body: method === 'POST' ? body : question(url),
  });
  const payload = Buffer.from(await answer.body.arrayBuffer());
  response.writeHead(method === 'POST' ? 201 : answer.statusCode, {
    'content-type': 'application/json',
    'content-length': payload.length,
  });
  response.end(payload);
}

function question(url: string): string {
  const id = /^\/v1\/user-keys\/([\w-]+)$/.exec(url)?.[1];
  return id === undefined ? LIST : JSON.stringify({ query: { ids: { values: [id] } }, size: 1 });
}

server.listen(Number(port), '127.0.0.1');
