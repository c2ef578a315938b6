import { text } from '../setting.js';

/** Where the audit trail goes. */
export const audit = {
  auditFile: text({
    name: 'LATCHKEY_AUDIT_FILE',
    description:
      'File to which the audit trail is appended, as JSON lines. Without it the lines go to standard output, ' +
      'marked with "stream":"audit".',
    pattern: /^[^\0]{1,4096}$/,
    expects: 'a path',
  }),
  auditIndex: text({
    name: 'LATCHKEY_AUDIT_INDEX',
    description:
      'Index or data stream in Elasticsearch to which the audit trail is written as well, by the service ' +
      'identity, which needs create_doc (and auto_configure or create_index) on it.',
    pattern: /^[a-z0-9][a-z0-9._-]{0,200}$/,
    expects: 'the name of an index or data stream',
  }),
};
