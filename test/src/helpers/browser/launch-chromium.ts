import { type Browser, chromium } from "playwright-core";

/** Debian's. */
export const CHROMIUM = "/usr/bin/chromium";
/** A crowded machine takes long to start a browser, and to show a page. */
export const BROWSER_DEADLINE_MS = 60_000;
/** Nothing outside of this machine is looked for: a test must not depend on it. */
const ONLY_HERE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1";

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: [ONLY_HERE], timeout: BROWSER_DEADLINE_MS });
}
