import { integer, text } from '../setting.js';

/** Spans. */
export const tracing = {
  tracesUrl: text({
    name: 'LATCHKEY_TRACES_URL',
    description:
      'Where spans are sent by OTLP over HTTP, such as http://collector:4318/v1/traces. Without it there is no ' +
      'tracing. Spans hold no header, body, id or query.',
    pattern: /^https?:\/\/[A-Za-z0-9.:[\]-]{1,253}(\/[A-Za-z0-9._~/-]*)?$/,
    expects: 'an http:// or https:// address without user, query or fragment',
  }),
  tracesSamplePercent: integer({
    name: 'LATCHKEY_TRACES_SAMPLE_PERCENT',
    description:
      'Share of the traces that begin here which are sent. Whoever sends traceparent has decided for its own.',
    unit: '%',
    min: 0,
    max: 100,
    default: 100,
  }),
};
