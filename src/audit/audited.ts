/** What an operation is about. Read when its event is made, so it may grow while the work is done. */
export interface AuditSubject {
  /** Of keys, from validated input. */
  keyIds: readonly string[];
  /** As the caller gave it, validated. */
  reason?: string | undefined;
  /** Credential profile. */
  profile?: string;
  /** What was chosen to be ended, and how many keys that were. */
  selection?: string;
  count?: number;
}

/** What was done, and to which keys it was not done: keys that nobody touched must not look as if somebody had. */
export interface AuditOutcome {
  keyIds: readonly string[];
  refused?: ReadonlyArray<{ id: string; code: string }>;
}

/**
 * Takes back what was made, because its event cannot be written: the secret has not left yet.
 *
 * @returns the id of a key that may live on all the same.
 */
export type Undo = () => Promise<string | undefined>;

/** For a secret that was made and recorded before, such as a key that several instances share. */
export const NOTHING_TO_UNDO: Undo = () => Promise.resolve(undefined);

export interface Done<Answer> {
  /** Absent when there is nothing to record. */
  outcome?: AuditOutcome;
  /** Called once the outcome is in the audit trail: takes the last step, if there is one, and gives the answer. */
  answer: () => Answer | Promise<Answer>;
}

export interface SecretDone<Answer> extends Done<Answer> {
  /** `answer` is not called when the event cannot be written; this is. */
  undo: Undo;
}

declare const brand: unique symbol;

/** An operation as its handler returns it: not carried out yet, with what the audit trail is to say of it. */
export class Audited<Answer> {
  declare readonly [brand]: 'audited' | 'secret';

  constructor(
    readonly subject: AuditSubject,
    readonly carryOut: () => Promise<Done<Answer> & Partial<SecretDone<Answer>>>,
  ) {}

  /** Lets `look` see the answer before it leaves, to set headers from it. */
  tap(look: (answer: Answer) => void): Audited<Answer> {
    return new Audited(this.subject, async () => tapped(await this.carryOut(), look));
  }
}

/** An operation whose answer carries a secret, which leaves only once its event is written. */
export class AuditedSecret<Answer> extends Audited<Answer> {
  declare readonly [brand]: 'secret';

  constructor(
    subject: AuditSubject,
    override readonly carryOut: () => Promise<SecretDone<Answer>>,
  ) {
    super(subject, carryOut);
  }

  override tap(look: (answer: Answer) => void): AuditedSecret<Answer> {
    return new AuditedSecret(this.subject, async () => tapped(await this.carryOut(), look));
  }
}

function tapped<Answer, D extends Done<Answer>>(done: D, look: (answer: Answer) => void): D {
  return {
    ...done,
    answer: async () => {
      const answer = await done.answer();
      look(answer);
      return answer;
    },
  };
}

/** @param outcomeOf what its answer says was done, where that is not all that it is about. */
export function audited<Answer>(
  subject: AuditSubject,
  work: () => Promise<Answer>,
  outcomeOf: (answer: Answer) => AuditOutcome = () => subject,
): Audited<Answer> {
  return new Audited(subject, async () => {
    const answer = await work();
    return { outcome: outcomeOf(answer), answer: () => answer };
  });
}
