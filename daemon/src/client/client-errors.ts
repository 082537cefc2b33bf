/** No daemon answers, or it does not let us in: exit code 2. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
  /** Of its answer, where there is one. */
  readonly status: number | undefined;

  constructor(message: string, status?: number, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** The daemon answers that it will not: exit code 1. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  /** Of its answer; undefined: it was not asked. */
  readonly status: number | undefined;
  /** Of its error. */
  readonly code: string | undefined;

  constructor(message: string, status?: number, code?: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}
