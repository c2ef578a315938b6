import ical, { ICalCalendarMethod } from 'ical-generator';
import type { Key } from '../../keys/model/key-model.js';
import { safeText } from '../../redaction/safe-text.js';

/** How often a calendar program is asked to look again. */
const REFRESH_S = 3600;
const REMINDER_S = 7 * 86_400;

/** A calendar (RFC 5545) with one entry for the end of each key, and a reminder a week before. */
export function expiryCalendar(keys: readonly Key[]): string {
  const calendar = ical({
    name: 'API keys that expire',
    prodId: { company: 'Latchkey', product: 'expiry radar' },
    method: ICalCalendarMethod.PUBLISH,
    ttl: REFRESH_S,
  });
  for (const { id, name, expiration, username, manager } of keys) {
    if (expiration === null) continue;
    const end = new Date(expiration);
    const event = calendar.createEvent({
      id: `${id}@latchkey`,
      start: end,
      end,
      summary: safeText(`API key expires: ${name}`),
      description: safeText(
        `${manager?.label ?? 'Managed'} (${manager?.owner ?? 'unknown'}). ${manager?.consequence ?? ''} ` +
          `Key ${id} of ${username}: /v1/managed-keys/${id}`,
      ),
    });
    event.createAlarm({ trigger: REMINDER_S });
  }
  return calendar.toString();
}
