import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";

/** Where pictures of pages go, to be looked at: CI keeps those of its run. */
const DIRECTORY = process.env.VEXIL_SCREENSHOTS ?? fileURLToPath(new URL("../../screenshots/", import.meta.url));

/** Takes a picture of what a page shows, and names it by that, the theme and the width. */
export async function shoot(page: Page, name: string, theme: "light" | "dark", width: number): Promise<void> {
  await page.screenshot({ path: join(DIRECTORY, `${name}-${theme}-${width}.png`), animations: "disabled" });
}
