import type { ExecutionContext } from "ava";
import type { Locator, Page } from "playwright-core";
import { accessibilityFaults } from "./open-console.js";
import { shoot } from "./screenshots.js";

const FITS_MS = 30_000;

/**
 * Holds what a page shows against the rules for everybody, and keeps pictures of it, in both themes, narrow and wide.
 * @param part that pictures begin with, where it is not the top of the page
 */
export async function look(t: ExecutionContext, page: Page, name: string, part?: Locator): Promise<void> {
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const width of [390, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      t.true(await fits(page, "scrollWidth <= innerWidth"), `${name} at ${width}`);
      t.true(await fits(page, "scrollHeight <= innerHeight"), `${name} is no longer`);
      await part?.evaluate((element) => element.scrollIntoView());
      await shoot(page, name, colorScheme, width);
    }
    // A theme is colors, and nothing else.
    const rule = colorScheme === "dark" ? "color-contrast" : undefined;
    t.deepEqual(await accessibilityFaults(page, rule), [], `${name}, ${colorScheme}`);
  }
}

/** A page takes a frame or two until it has the size of its window, which on a busy machine may be seconds. */
async function fits(page: Page, condition: string): Promise<boolean> {
  const waited = page.waitForFunction(`document.documentElement.${condition}`, undefined, { timeout: FITS_MS });
  return waited.then(
    () => true,
    () => false,
  );
}
