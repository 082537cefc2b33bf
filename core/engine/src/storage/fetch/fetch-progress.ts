import type { FetchRequest, Remote } from "@vexil/git/remote/remote";
import type { Logger } from "@vexil/plugin-api";
import type { Clock } from "../../model/clock.js";
import { logEvent } from "../../observe/catalogue.js";

/** Shorter fetches are not worth a line, and longer ones this often. */
const EVERY_MS = 2_000;

/** A storage's remote, with a line in the log once in a while during a long fetch: a first load may take minutes. */
export function withProgress(remote: Remote, logger: Logger, clock: Clock): Remote {
  const reported = (request: FetchRequest): FetchRequest => {
    const started = clock.elapsed();
    let due = started + EVERY_MS;
    return {
      ...request,
      onProgress(receivedBytes) {
        request.onProgress?.(receivedBytes);
        const now = clock.elapsed();
        if (now < due) return;
        due = now + EVERY_MS;
        logEvent(logger, "fetch.progress", {
          size_bytes: receivedBytes,
          duration_ms: Math.round(now - started),
        });
      },
    };
  };
  return {
    displayUrl: remote.displayUrl,
    listRefs: (...args) => remote.listRefs(...args),
    fetch: (request, signal) => remote.fetch(reported(request), signal),
    push: (...args) => remote.push(...args),
    close: () => remote.close(),
  };
}
