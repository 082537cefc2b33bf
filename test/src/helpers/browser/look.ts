import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ExecutionContext } from "ava";
import type { Page } from "playwright-core";
import { accessibilityFaults } from "./open-console.js";

/** To be looked at, and kept by CI. */
const SHOTS = fileURLToPath(new URL("../../screenshots/", import.meta.url));

/** Holds what a page shows against the rules for everybody, and keeps pictures of it. */
export async function look(t: ExecutionContext, page: Page, name: string): Promise<void> {
  await mkdir(SHOTS, { recursive: true });
  for (const [colorScheme, width] of [["dark", 390] as const, ["light", 1440] as const]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize({ width, height: 900 });
    t.true(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), `${name} at ${width}`);
    t.true(await page.evaluate("document.documentElement.scrollHeight <= innerHeight"), `${name} is no longer`);
    await page.screenshot({ path: join(SHOTS, `${name}-${colorScheme}-${width}.png`), animations: "disabled" });
  }
  t.deepEqual(await accessibilityFaults(page), [], name);
}
