import { isOf } from "../is-of.js";
import { CODES, type ErrorCode, type ErrorKind } from "./codes.js";

const BRAND = Symbol.for("vexil:error");

/** Where a storage's work failed. */
export type FailureStep =
  | "dns"
  | "connect"
  | "tls"
  | "http"
  | "auth"
  | "host-key"
  | "ref"
  | "pack"
  | "parse"
  | "push"
  | "backend";

/**
 * Facts for programs beside the code. No secrets.
 * @example { step: "backend", retryAfterMs: 30_000 }
 */
export interface ErrorDetails {
  readonly step?: FailureStep;
  /** Milliseconds that the other side asks to wait. */
  readonly retryAfterMs?: number;
  /** Of a refused credential or login: whose it is, where that is proven (`Identity.subject`). */
  readonly subject?: string;
  readonly [key: string]: unknown;
}

/**
 * The one error class. `message` is for users, says what to do and ends without a full stop; `code` is for programs, one of
 * {@link CODES}, and decides whether it is tried again. Neither ever holds a secret.
 * @example throw new VexilError("VEXIL_UNAVAILABLE_STORAGE", "acme does not answer; check its url", { cause: error })
 */
export class VexilError extends Error {
  readonly [BRAND] = true;
  override readonly name = "VexilError";
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly retryable: boolean;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: { details?: ErrorDetails; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.kind = CODES[code].kind;
    this.retryable = CODES[code].retryable;
    this.details = options.details ?? {};
  }

  /**
   * True for a VexilError of any copy of this package, as is `instanceof`.
   * @example if (VexilError.is(error) && error.retryable) await again()
   */
  static is(error: unknown): error is VexilError {
    return typeof error === "object" && error !== null && BRAND in error;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: it may be a class that extends this one
    return isOf(this, VexilError, value, BRAND);
  }
}
