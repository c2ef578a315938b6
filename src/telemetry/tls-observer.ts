/** Is told of the TLS files of the servers; the observability folder makes metrics and log lines of it. */
export interface TlsObserver {
  /**
   * The TLS files are as they are served. Told at the start and at every look since; `expiryMs` is when the server
   * certificate ends.
   */
  certificatesInForce(expiryMs: number): void;
  /** The TLS files have changed and are in use. */
  certificatesReloaded(): void;
  /**
   * The TLS files have changed and cannot be used; the last good ones stay. `problem` names the setting and no content.
   */
  certificatesRefused(problem: string): void;
}

/** Is told of the mesh port as well. */
export interface MeshObserver extends TlsObserver {
  /** A client did not get through the handshake. `code` is OpenSSL's or Node's word for it. */
  handshakeRefused(code: string): void;
}
