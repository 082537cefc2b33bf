import type { Oid } from "@vexil/plugin-api";

/** Whose work a step is. */
export interface Correlation {
  /** Joins the log lines of one poll, request or tick. */
  readonly correlationId: string;
  /** Of all the requests whose work it is, where there are several. */
  readonly correlationIds?: readonly string[];
  /** The request whose work it is; undefined: of none. */
  readonly requestId?: string;
  readonly requestIds?: readonly string[];
}

/** The part of a context that tells whose work it is. */
export function correlationIn({ correlationId, correlationIds, requestId, requestIds }: Correlation): Correlation {
  return {
    correlationId,
    ...(correlationIds === undefined ? {} : { correlationIds }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(requestIds === undefined ? {} : { requestIds }),
  };
}

/** Context that the pipeline passes to every step. */
export interface StepContext extends Correlation {
  readonly signal: AbortSignal;
  /** Somebody waits for the step: files that take longer (`performance.now()`) are left for the next rebuild. */
  readonly hurriedUntil?: number;
}

/** Result of a download. Objects and remote-tracking refs are stored; no branch has moved yet. */
export interface Download {
  /** The remote's heads that matter, by short branch name. */
  readonly heads: ReadonlyMap<string, Oid>;
  /** Where the remote-tracking refs stood before, by short branch name. */
  readonly previous: ReadonlyMap<string, Oid>;
  readonly changed: boolean;
  readonly bytes: number;
  readonly durationMs: number;
  /** The first commit that an empty remote was given by this download. */
  readonly seeded?: Oid;
}

/** A local commit that was set aside because the remote's history replaces it. */
export interface KeptCommit {
  readonly commit: Oid;
  readonly ref: string;
  readonly branch: string;
}
