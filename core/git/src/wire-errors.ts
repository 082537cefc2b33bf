import { type FailureStep, VexilError } from "@vexil/plugin-api/errors";

export const truncated = (step: FailureStep): VexilError =>
  new VexilError("VEXIL_CONNECTION_TRUNCATED", "the answer ended too early", { details: { step } });

export const corrupt = (step: FailureStep, what: string): VexilError =>
  new VexilError("VEXIL_CONNECTION_CORRUPT", `the answer is damaged: ${what}`, { details: { step } });

/** Of the pack that a remote sent. */
export const damagedPack = (what: string): VexilError => corrupt("pack", what);

export const endless = (step: FailureStep, what: string): VexilError =>
  new VexilError("VEXIL_CONNECTION_ENDLESS", `the answer does not end: ${what} is longer than makes sense`, {
    details: { step },
  });

export const unexpected = (step: FailureStep, what: string): VexilError =>
  new VexilError("VEXIL_REMOTE_PROTOCOL", `the remote does not speak git's protocol as expected: ${what}`, {
    details: { step },
  });

/** Describes what came instead of git's protocol: a web page is told apart, since an operator has to look at it. */
export function notGit(step: FailureStep, start: Uint8Array): VexilError {
  const text = printable(start);
  if (/^\s*<(?:!doctype|html|\?xml|head|body)/i.test(text)) {
    return new VexilError(
      "VEXIL_REMOTE_LOGIN_PAGE",
      "the remote answered with a web page (a login or error page?) instead of git's protocol; check the URL and the credential",
      { details: { step: "http" } },
    );
  }
  return unexpected(step, `the answer starts with ${JSON.stringify(text.slice(0, 40))}`);
}

/**
 * Describes an error that the service itself reports (an `ERR` packet, side band 3 or standard error). Git gives such errors no
 * code, only text, so a few well-known phrases tell a missing repository and a refused credential apart.
 */
export function remoteSaid(step: FailureStep, text: string): VexilError {
  const words = printable(Buffer.from(text)).trim().slice(0, 1000);
  const details = { details: { step } };
  if (/not our ref|unadvertised object|not valid(?: shallow)? object/i.test(words)) {
    const message = `the remote's branch moved while it was read: ${words}`;
    return new VexilError("VEXIL_CONNECTION_REF_MOVED", message, details);
  }
  if (/not found|does not exist|does not appear to be a git repository|no such|not a git repository/i.test(words)) {
    const message = `the remote has no such repository, or hides it from this credential: ${words}`;
    return new VexilError("VEXIL_REMOTE_NOT_FOUND", message, details);
  }
  if (/denied|permission|unauthori[sz]ed|authentication|forbidden/i.test(words)) {
    return new VexilError("VEXIL_AUTH_REJECTED", `the remote refuses access: ${words}`, { details: { step: "auth" } });
  }
  return new VexilError("VEXIL_REMOTE_SERVICE", `the remote's git service failed: ${words}`, details);
}

/** Text of the other side for users: no control characters but line breaks. */
export function printable(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString("utf8").replaceAll(/\r\n?/g, "\n");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go, terminal escapes included
  return text.replaceAll(/\u001b\[[0-9;?]*[ -/]*[@-~]|[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, "");
}
