import test from "ava";
import { missingChromium } from "../helpers/browser/chromium.js";
import { showPage } from "../helpers/browser/console-steps.js";
import { look } from "../helpers/browser/look.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);

const PAGES: Readonly<Record<string, string>> = {
  flags: `${PLACE}/flags`,
  boolean: `${PLACE}/flags/checkout`,
  variant: `${PLACE}/flags/theme`,
  edit: `${PLACE}/flags/theme?edit=true`,
  playground: `${PLACE}/playground?flag=theme&entity=ada@example.com`,
  status: "/status",
  login: "/login",
  nowhere: "/nowhere",
};

withChromium("every page can be used by everybody, light and dark, wide and narrow", async (t) => {
  const { page, daemon } = await openConsole(t, EXAMPLE_FILES);
  for (const [name, path] of Object.entries(PAGES)) {
    await showPage(page, daemon.url + path);
    await look(t, page, name);
  }
});
