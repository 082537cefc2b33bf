import { existsSync } from "node:fs";
import test, { type ExecutionContext } from "ava";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { BROWSER_DEADLINE_MS, CHROMIUM, launchChromium } from "./launch-chromium.js";
import { type PageRules, watchPage } from "./watch-page.js";

/** By so much a page's scripts are slowed down: what a test does not wait for shows by 8, on any machine. */
const SLOWER = Number(process.env.VEXIL_SLOWER_PAGES ?? 1);

/** Said by tests that are skipped because there is no browser. */
export const missingChromium = existsSync(CHROMIUM) ? undefined : `not installed: ${CHROMIUM}`;

let started: Promise<Browser> | undefined;

/** Debian's Chromium, started by the first page of a file. */
function browser(): Promise<Browser> {
  started ??= launchChromium();
  return started;
}

// Whoever imports this file has it ended.
test.after.always("Chromium ends", async () => {
  await (await started?.catch(() => undefined))?.close();
});

/** A page of a browser that nobody has used before, and its cookies. */
export interface FreshPage {
  readonly page: Page;
  readonly context: BrowserContext;
}

/** Opens an empty page. The test fails if the pages there write errors to the console, or ask others than `rules` names. */
export async function freshPage(t: ExecutionContext, rules: PageRules): Promise<FreshPage> {
  const context = await (await browser()).newContext();
  context.setDefaultTimeout(BROWSER_DEADLINE_MS);
  const page = await context.newPage();
  if (SLOWER > 1) await (await context.newCDPSession(page)).send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  const faults = watchPage(page, rules);
  t.teardown(async () => {
    await context.close();
    if (faults.length > 0) throw new Error(`the page is not in order: ${faults.join("; ")}`);
  });
  return { page, context };
}
