/** Is told of every error that is nobody's input; the observability folder makes a log line of it. */
export interface DefectObserver {
  /** Its name and place, never its message, which may quote anything. */
  defect(requestId: string, name: string, stack: string): void;
}
