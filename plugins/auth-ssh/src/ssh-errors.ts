import { type FailureStep, toVexilError, VexilError } from "@vexil/plugin-api";

/** How far a connection has got. */
export type ConnectStage = "connect" | "host-key" | "auth" | "ready";

/** The other side, as an error names it. */
export interface ErrorSubject {
  readonly credential: string;
  readonly user: string;
  /** As known_hosts names the server. */
  readonly label: string;
  /** Name of the identity that was offered, for messages. */
  readonly identity: string;
}

const STEPS: Readonly<Record<ConnectStage, FailureStep>> = {
  connect: "connect",
  "host-key": "connect",
  auth: "auth",
  ready: "connect",
};

/**
 * Turns an error of ssh2 or the socket into a VexilError, by level and code; texts of the server lose control
 * characters.
 */
export function sshError(error: unknown, stage: ConnectStage, subject: ErrorSubject): VexilError {
  if (VexilError.is(error)) return error;
  const { level, code } = (error ?? {}) as { readonly level?: string; readonly code?: unknown };
  const text = plainText(error instanceof Error ? error.message : String(error));
  const make = (name: "RESET" | "TIMEOUT", message: string): VexilError =>
    new VexilError(`VEXIL_CONNECTION_${name}`, message, { details: { step: STEPS[stage] }, cause: error });
  switch (level) {
    case "client-socket": {
      const known = toVexilError(error);
      if (known.code === "VEXIL_INTERNAL_BUG") return make("RESET", `${subject.label}: ${text}`);
      const step = known.details.step === "http" ? STEPS[stage] : known.details.step;
      return new VexilError(known.code, `${subject.label}: ${text}`, {
        details: { ...known.details, ...(step === undefined ? {} : { step }) },
        cause: error,
      });
    }
    case "client-timeout":
      return make("TIMEOUT", `${subject.label} stopped answering (${stage})`);
    case "client-authentication":
      return rejected(subject, error);
    case "handshake":
      return new VexilError("VEXIL_REMOTE_PROTOCOL", `${subject.label}: ${text}`, {
        details: { step: "connect" },
        cause: error,
      });
    default:
      // a number is the reason of a disconnect message (RFC 4253 §11.1)
      if (stage === "auth" && typeof code === "number") return rejected(subject, error, text);
      return make("RESET", `${subject.label} ended the connection: ${text}`);
  }
}

/** The server takes none of the keys. */
function rejected(subject: ErrorSubject, cause: unknown, reason = ""): VexilError {
  const said = reason === "" ? "" : ` (${reason})`;
  return new VexilError(
    "VEXIL_AUTH_REJECTED",
    `${subject.label} does not let ${subject.user} in with the ${subject.identity} of credential ${subject.credential}${said}; add the public key there, or give another`,
    { details: { step: "auth", credential: subject.credential }, cause },
  );
}

/**
 * Why a wait ended early: the signal's own reason when that is an error of Vexil, else a deadline or a cancellation.
 */
export function abortError(signal: AbortSignal, label: string): VexilError {
  const reason: unknown = signal.reason;
  if (VexilError.is(reason)) return reason;
  if (reason instanceof Error && reason.name === "TimeoutError") {
    return new VexilError("VEXIL_CONNECTION_TIMEOUT", `${label} did not answer in time`, {
      details: { step: "connect" },
      cause: reason,
    });
  }
  return new VexilError("VEXIL_INTERNAL_CANCELLED", "the operation was cancelled", { cause: reason });
}

function plainText(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, " ")
    .trim()
    .slice(0, 500);
}
