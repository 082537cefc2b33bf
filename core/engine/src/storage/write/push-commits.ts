import type { Remote } from "@vexil/git/remote/remote";
import type { GitObject, Oid, RefName } from "@vexil/plugin-api";
import { type FailureStep, toVexilError, VexilError } from "@vexil/plugin-api/errors";
import { policyOf } from "../../model/error-policy.js";
import type { AnswerDeadline } from "./answer-deadline.js";
import type { PushOutcome } from "./prepared-writes.js";

/** A push of one branch. */
export interface BranchPush {
  readonly ref: RefName;
  readonly old: Oid | undefined;
  /** undefined deletes the branch. */
  readonly new: Oid | undefined;
  readonly objects: readonly GitObject[];
}

const SAME_PUSH_TRIES = 3;

/**
 * Pushes a branch and finds out what became of it. The answer may be lost, or say something else than what happened
 * (a stale lock, a race): whenever it is not a plain yes, the remote is asked where the branch stands.
 * @param contains whether `tip`, which the remote has now, has our commit in its history
 */
export async function pushBranch(
  remote: Remote,
  push: BranchPush,
  contains: (tip: Oid) => Promise<boolean>,
  deadline: AnswerDeadline,
): Promise<PushOutcome> {
  let last: VexilError | undefined;
  let maybeUnderWay = false;
  for (let attempt = 0; attempt < SAME_PUSH_TRIES; attempt += 1) {
    const said = await tryPush(remote, push, deadline.push);
    if (said.type === "accepted") return said;
    maybeUnderWay ||= said.type === "unclear" && wasSent(said.error);
    const stands = await whereItStands(remote, push.ref, deadline.answer);
    if (stands instanceof VexilError) {
      // Nobody can say whether it landed: the write is not acknowledged, and not repeated.
      // What was never sent has not been made.
      const error = maybeUnderWay ? unconfirmed(`${said.error.message}; ${stands.message}`, said.error) : said.error;
      return { type: "failed", error };
    }
    if (stands.tip === push.new) return { type: "accepted" };
    if (stands.tip !== push.old) {
      try {
        const landed = stands.tip !== undefined && push.new !== undefined && (await contains(stands.tip));
        return landed ? { type: "accepted" } : { type: "moved" };
      } catch (thrown) {
        const error = toVexilError(thrown);
        return { type: "failed", error: maybeUnderWay ? unconfirmed(error.message, error) : error };
      }
    }
    if (said.type === "refused" && !isRace(said.reason)) return said;
    last = said.error;
    // A push has one deadline; who waits for an answer has waited long enough.
    if (deadline.push.aborted || (said.error.code === "VEXIL_CONNECTION_TIMEOUT" && maybeUnderWay)) break;
  }
  const error = last ?? new VexilError("VEXIL_UNAVAILABLE_REMOTE", "the remote did not take the push");
  // The branch is where it was, but what the remote got it may still be working on.
  return { type: "failed", error: maybeUnderWay ? unconfirmed(error.message, error) : error };
}

/** Tells whether the remote may have got the push before the connection failed. */
function wasSent(error: VexilError): boolean {
  const { sent, step } = error.details;
  return sent !== false && (step === undefined || !NOTHING_SENT.has(step));
}

const NOTHING_SENT: ReadonlySet<FailureStep> = new Set(["dns", "connect", "tls"]);

type Said =
  | { readonly type: "accepted" }
  | { readonly type: "refused"; readonly reason: string; readonly error: VexilError }
  | { readonly type: "unclear"; readonly error: VexilError };

async function tryPush(remote: Remote, push: BranchPush, signal: AbortSignal): Promise<Said> {
  try {
    const result = await remote.push(
      { updates: [{ ref: push.ref, old: push.old, new: push.new }], objects: push.objects },
      signal,
    );
    const report = result.refs.get(push.ref);
    if (report === undefined) {
      return {
        type: "unclear",
        error: new VexilError("VEXIL_CONNECTION_TRUNCATED", "the remote's report does not name the branch", {
          details: { step: "push" },
        }),
      };
    }
    if (report.ok) return { type: "accepted" };
    const words = [report.reason, result.messages.trim()].filter((text) => text !== "").join(": ");
    return { type: "refused", reason: report.reason, error: refusal(words) };
  } catch (thrown) {
    const error = toVexilError(thrown);
    switch (policyOf(error).push) {
      // The server answered and said no to this credential: that is its word, not a lost connection.
      case "refused":
        return { type: "refused", reason: error.message, error: refusal(error.message, error) };
      // Where no repository answers there is nobody who could have made the write.
      case "unmade":
        return { type: "refused", reason: error.message, error: noRepository(error) };
      default:
        return { type: "unclear", error };
    }
  }
}

async function whereItStands(
  remote: Remote,
  ref: RefName,
  signal: AbortSignal,
): Promise<{ readonly tip: Oid | undefined } | VexilError> {
  try {
    return { tip: (await remote.listRefs([ref], signal)).refs.get(ref) };
  } catch (error) {
    return toVexilError(error);
  }
}

function refusal(words: string, cause?: unknown): VexilError {
  return new VexilError("VEXIL_REFUSED_PUSH", `the remote refused the push: ${words}`, {
    details: { step: "push" },
    ...(cause === undefined ? {} : { cause }),
  });
}

function noRepository(error: VexilError): VexilError {
  return new VexilError("VEXIL_UNAVAILABLE_REMOTE", `nothing was written: ${error.message}`, {
    details: { ...error.details, step: error.details.step ?? "push" },
    cause: error,
  });
}

function unconfirmed(why: string, cause: VexilError): VexilError {
  return new VexilError(
    "VEXIL_UNAVAILABLE_REMOTE",
    `the remote cannot be reached, so the write is not confirmed (${why}); read the flag again before trying again`,
    { details: { step: "push" }, cause },
  );
}

/** Recognizes a server's message that another client holds or moved the ref: worth a retry, not a refusal. */
function isRace(reason: string): boolean {
  return /failed to update ref|cannot lock ref|failed to lock|fetch first|missing necessary objects|non-fast-forward|stale info|incorrect old value/i.test(
    reason,
  );
}
