import test from "ava";
import { missingChromium } from "../helpers/browser/chromium.js";
import { showPage } from "../helpers/browser/console-steps.js";
import { look } from "../helpers/browser/look.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);
const FAULTY = "namespace: broken\nflags:\n  - {key: a, nmae: A}\n  - {key: b}\n";
const ABSENT = { expected: [/status of 404/] };

withChromium("a namespace that was never without faults says where they are, and is no empty one", async (t) => {
  const { page, daemon } = await openConsole(t, { ...EXAMPLE_FILES, "broken/features.yaml": FAULTY }, ABSENT);
  const place = `${daemon.url}/environments/default/namespaces/broken`;
  for (const path of ["flags", "segments", "flags/a"]) {
    await page.goto(`${place}/${path}`);
    await page.getByRole("heading", { name: "This namespace is not served" }).waitFor();
    await page.getByText("broken/features.yaml:3:20").waitFor();
    t.is(await page.getByText("(and 2 more)").count(), 1, path);
    t.is(await page.getByText("New flag").count(), 0, path);
  }
  // One file, however many faults it has.
  await page.getByText("broken/features.yaml cannot be read; namespace broken of default is not served.").waitFor();
  await look(t, page, "unserved");
  await page.getByRole("alert").getByRole("link", { name: "history" }).click();
  await page.getByRole("heading", { name: "History" }).waitFor();
});

withChromium("who asks for a namespace or a flag that is not there is told what to do", async (t) => {
  const { page, daemon, push } = await openConsole(t, EXAMPLE_FILES, ABSENT);
  await showPage(page, `${daemon.url}/environments/default/namespaces/absent/flags`);
  await page.getByRole("heading", { name: "There is no such namespace" }).waitFor();
  await page.getByRole("link", { name: "settings", exact: true }).click();
  await page.getByRole("heading", { name: "Settings" }).waitFor();

  const file = "default/features.yaml";
  const without = EXAMPLE_FILES[file]?.replace(/^.*key: banner.*\n/m, "") ?? "";
  await page.goto(`${daemon.url}${PLACE}/flags/banner`);
  await page.getByRole("heading", { name: "Banner" }).waitFor();
  await push({ [file]: without }, { message: "Take the banner away" });
  await page.getByRole("heading", { name: "There is no such flag" }).waitFor();
  await look(t, page, "no-flag");
  await page.getByRole("link", { name: "history", exact: true }).click();
  await page.getByText("Take the banner away").waitFor();
});

withChromium("a page that is offline says so, and does not load for ever", async (t) => {
  const { page, context, daemon } = await openConsole(t, EXAMPLE_FILES, { expected: [/ERR_INTERNET_DISCONNECTED/] });
  await showPage(page, `${daemon.url}${PLACE}/flags`);
  await context.setOffline(true);
  await page.getByLabel("Namespace", { exact: true }).selectOption("ops");
  await page.getByText("the server does not answer").waitFor();
  await context.setOffline(false);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("link", { name: "Kill switch" }).waitFor();
  t.is(page.url(), `${daemon.url}/environments/default/namespaces/ops/flags`);
});
