import test from "ava";
import { missingChromium } from "../helpers/browser/chromium.js";
import { showPage } from "../helpers/browser/console-steps.js";
import { look } from "../helpers/browser/look.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);
const FILE = "default/features.yaml";

const PAGES: Readonly<Record<string, string>> = {
  segments: `${PLACE}/segments`,
  "segment-edit": `${PLACE}/segments/beta`,
  "segment-new": `${PLACE}/new-segment`,
  history: `${PLACE}/history`,
  compare: `${PLACE}/history?base=main~1`,
  "compare-text": `${PLACE}/history?base=main~1&view=text`,
  settings: `${PLACE}/settings`,
};

withChromium("pages of segments, of the history and of settings can be used by everybody", async (t) => {
  const { page, daemon, push } = await openConsole(t, EXAMPLE_FILES);
  const changed = EXAMPLE_FILES[FILE]?.replace("percentage: 50", "percentage: 75").replace("country, ", "land, ") ?? "";
  await push({ [FILE]: changed }, { message: "Raise checkout\n\nThe numbers of the week allow it." });
  for (const [name, path] of Object.entries(PAGES)) {
    await showPage(page, daemon.url + path);
    if (name === "history") await page.locator("summary").first().click();
    await look(t, page, name);
  }
});
