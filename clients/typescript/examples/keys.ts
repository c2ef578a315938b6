// Makes a key, finds it in the list, and ends it. LATCHKEY_URL, LATCHKEY_USERNAME and LATCHKEY_PASSWORD say where and as whom.
import { createLatchkeyClient, dataOf, LatchkeyError } from 'latchkey-client';

const latchkey = createLatchkeyClient({
  baseUrl: process.env['LATCHKEY_URL'] ?? 'http://127.0.0.1:8080',
  credential: {
    username: process.env['LATCHKEY_USERNAME'] ?? 'elastic',
    password: process.env['LATCHKEY_PASSWORD'] ?? 'changeme',
  },
});

const { key, secret } = await dataOf(
  latchkey.POST('/v1/user-keys', {
    body: {
      name: 'orders-exporter',
      expiration: '1h',
      role_descriptors: { reader: { indices: [{ names: ['orders-*'], privileges: ['read'] }] } },
    },
  }),
);
console.log(`created ${key.id} (${key.status}), a secret of ${secret.encoded.length} characters`);

const { items, total } = await dataOf(
  latchkey.GET('/v1/user-keys', { params: { query: { name: 'orders-exporter', status: 'active' } } }),
);
console.log(
  `listed ${items.length} of ${total}, the new one ${items.some(({ id }) => id === key.id) ? 'is' : 'is not'} among them`,
);

await dataOf(latchkey.DELETE('/v1/user-keys/{id}', { params: { path: { id: key.id } } }));
console.log(`invalidated ${key.id}`);

try {
  await dataOf(latchkey.GET('/v1/user-keys/{id}', { params: { path: { id: 'never-was' } } }));
} catch (error) {
  if (!(error instanceof LatchkeyError)) throw error;
  console.log(`refused with ${error.status} ${error.code}`);
}
