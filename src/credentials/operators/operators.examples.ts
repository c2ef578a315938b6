const SUBJECT = 'spiffe://cluster.local/ns/shop/sa/orders';
const LEASE = 'orders-logs-writer.VuaCfGcBCdbkQm-e5aOx';
const REASON = 'A key was seen in a log';

/** Bodies that work as they stand, for the documentation; names are to be replaced. */
export const REVOKE_EXAMPLES = {
  profile: {
    summary: 'All of a profile',
    value: { profile: 'orders-logs-writer', confirm: 'orders-logs-writer', reason: REASON },
  },
  namespace: { summary: 'All of a namespace', value: { namespace: 'shop', confirm: 'shop', reason: REASON } },
  workload: { summary: 'All of a workload', value: { subject: SUBJECT, confirm: SUBJECT, reason: REASON } },
  lease: { summary: 'One', value: { lease_id: LEASE, confirm: LEASE, reason: REASON } },
};
