import type { ExecutionContext } from "ava";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { eventually, type RunningDaemon, startDaemon } from "../daemon/daemon.js";
import { type TemporaryRepository, temporaryRepository } from "../repositories/temporary-repository.js";
import { type FreshPage, freshPage } from "./chromium.js";
import type { PageRules } from "./watch-page.js";

/** Address of a namespace's pages. */
export const PLACE = "/environments/default/namespaces/default";

export interface OpenConsole extends FreshPage {
  readonly daemon: RunningDaemon;
  readonly remote: TemporaryRepository;
  /** Commits to the remote, and waits until the daemon serves that. */
  readonly push: TemporaryRepository["commit"];
}

/**
 * A daemon on a repository with these files, and an empty page of a browser. What breaks the page's policy is an error
 * of the browser's console, and so fails the test.
 * @param options more of the configuration, and rules other than that the page asks the daemon alone
 */
export async function openConsole(
  t: ExecutionContext,
  files: Readonly<Record<string, string>>,
  options: { readonly config?: object } & Partial<PageRules> = {},
): Promise<OpenConsole> {
  const remote = await temporaryRepository(t, { files });
  const storage = { default: { remote: remote.path, poll_interval: "1s" } };
  const daemon = await startDaemon(t, { config: { storage, ...options.config } });
  const push: TemporaryRepository["commit"] = async (...commit) => {
    const head = await remote.commit(...commit);
    await eventually(
      async () => (await daemon.get("/api/status")).body.storages[0].revision,
      (revision) => revision === head,
    );
    return head;
  };
  const { own = daemon.url, others = [], expected = [] } = options;
  const opened = await freshPage(t, { own, others, expected });
  return { daemon, remote, push, ...opened };
}

/**
 * Serious and critical faults that axe finds in what a page shows, each with where it is.
 * @param rule that alone, where the others were asked of the same page already
 */
export async function accessibilityFaults(page: Page, rule?: "color-contrast"): Promise<readonly string[]> {
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(axe.source);
  const options = JSON.stringify({ resultTypes: ["violations"], ...(rule && { runOnly: [rule] }) });
  const found: string =
    // Another theme or size is there some frames later, and not for all of the page at once.
    await page.evaluate(`new Promise((shown) => setTimeout(() => requestAnimationFrame(shown), 200))
    .then(() => axe.run(document, ${options})).then(({ violations }) =>
    JSON.stringify(violations.filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ": " + target.join(" ")))))`);
  return JSON.parse(found);
}
