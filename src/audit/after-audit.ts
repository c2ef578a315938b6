/** As much of an answer as its audit event is made from. */
export interface AuditedPart {
  keyIds: readonly string[];
  /** A key that was made and whose secret has not left: invalidated when the event cannot be written. */
  newKeyId?: string;
}

/**
 * What a handler answers when its last step may be taken only after the operation is in the audit trail, such as ending
 * an old key because a new one is about to be given out.
 */
export class AfterAudit<Answer> {
  constructor(
    readonly recorded: AuditedPart,
    /** Takes the last step; must not fail, since the new secret would be lost. */
    readonly proceed: () => Promise<Answer>,
  ) {}
}
