import { VexilError } from "@vexil/plugin-api/errors";
import type { Dispatcher } from "undici";
import { target } from "./http-answer.js";
import type { Service } from "./transport.js";

const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Tells whether an answer points elsewhere. */
export function isRedirect({ statusCode }: Dispatcher.ResponseData): boolean {
  return REDIRECTS.has(statusCode);
}

/**
 * The URL that an answer points to, where it may be followed.
 * @param redirects followed before this one
 * @throws VexilError VEXIL_REMOTE_REDIRECT
 */
export function redirected(
  from: string,
  answer: Dispatcher.ResponseData,
  redirects: number,
  asked: { readonly service: Service; readonly home: string },
): string {
  const to = target(answer, from);
  if (to === undefined) throw redirectError("it redirects to nowhere");
  if (redirects >= MAX_REDIRECTS) throw redirectError(`it redirects more than ${MAX_REDIRECTS} times`);
  const [old, next, home] = [new URL(from), new URL(to), new URL(asked.home)];
  if (next.protocol !== "https:" && (next.protocol !== "http:" || old.protocol === "https:")) {
    throw redirectError(`it redirects from ${old.protocol}// to ${next.protocol}//, which is not followed`);
  }
  if (asked.service === "git-receive-pack" && next.origin !== home.origin) {
    throw redirectError(
      `it redirects a push from ${home.origin} to ${next.origin}, which is not followed: configure the other URL`,
    );
  }
  return to;
}

export function redirectError(reason: string): VexilError {
  return new VexilError("VEXIL_REMOTE_REDIRECT", `the remote is not where its URL says: ${reason}`, {
    details: { step: "http" },
  });
}
