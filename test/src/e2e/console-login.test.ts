import test from "ava";
import type { Page } from "playwright-core";
import { missingChromium } from "../helpers/browser/chromium.js";
import { look } from "../helpers/browser/look.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);

withChromium("whoever has no session is led to the login and back, and a logout forgets the token", async (t) => {
  const token = "a-static-token-of-the-test-0123456789";
  const methods = { token: { enabled: true, storage: { tokens: { ops: { credential: token } } } } };
  const { page, daemon } = await openConsole(t, EXAMPLE_FILES, {
    config: {
      authentication: { required: true, methods },
      ui: { default_theme: "dark", topbar: { color: "#7c3aed", label: "Staging" } },
    },
    expected: [/status of 401/, /status of 404/],
  });
  await page.goto(`${daemon.url}${PLACE}/flags/theme`);
  await page.getByRole("heading", { name: "Log in to Vexil" }).waitFor();
  await page.getByLabel("Token").fill("wrong");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByText("This token is not known here.").waitFor();
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("heading", { name: "Theme" }).waitFor();
  t.is(new URL(page.url()).pathname, `${PLACE}/flags/theme`);
  await page.getByText("Staging", { exact: true }).waitFor();
  t.is(await page.evaluate("document.documentElement.dataset.theme"), "dark");
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByRole("heading", { name: "Log in to Vexil" }).waitFor();
  t.is(await page.evaluate("Object.keys(sessionStorage).length"), 0);
  await page.goto(`${daemon.url}${PLACE}/flags`);
  await page.getByRole("heading", { name: "Log in to Vexil" }).waitFor();
  t.is(await page.evaluate("document.documentElement.dataset.theme"), "dark", "the server's, although it tells nobody");
  // A browser that goes back may show a page as it was, with this event.
  await page.evaluate("globalThis.isKept = true");
  await page.evaluate("setTimeout(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })))");
  await page.waitForFunction("globalThis.isKept === undefined");
  await page.getByRole("heading", { name: "Log in to Vexil" }).waitFor();
});

withChromium("of ten thousand flags only those that can be seen are drawn", async (t) => {
  const lines = Array.from({ length: 10_000 }, (_, at) => `  - {key: flag-${at}, name: Flag ${at}, enabled: true}`);
  const files = { "default/features.yaml": `namespace: default\nflags:\n${lines.join("\n")}\n` };
  const { page, daemon } = await openConsole(t, files);
  await page.goto(`${daemon.url}${PLACE}/flags`);
  await page.getByText("10,000 flags").waitFor();
  t.true((await page.getByRole("row").count()) < 60);
  t.log(
    `first contentful paint after ${await paintedAfter(page)} ms, list after ${await page.evaluate("performance.now()")} ms`,
  );
  await look(t, page, "flags-many");
  await page.getByLabel("Search flags").fill("flag-9999");
  await page.getByText("1 of 10,000 flags").waitFor();
  await page.getByRole("link", { name: "Flag 9999" }).waitFor();
});

const paintedAfter = (page: Page): Promise<number> =>
  page.evaluate("Math.round(performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1)");
