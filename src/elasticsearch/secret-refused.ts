import { ServiceError } from '../errors/service-error.js';

/**
 * Elasticsearch does not accept the secret of a key that was sent to it in a body. Whoever sent it knows which field of
 * the caller's request it came from, and says so in its place.
 */
export class SecretRefused extends ServiceError {
  constructor() {
    super('request.invalid', 'Elasticsearch does not accept the secret of the key.');
  }
}
