import test from "ava";
import type { Page } from "playwright-core";
import { missingChromium } from "../helpers/browser/chromium.js";
import { commits, save } from "../helpers/browser/console-steps.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);
const FILE = "default/features.yaml";

withChromium("a flag is switched upon the segment that was saved just before", async (t) => {
  const { page, daemon, remote } = await openConsole(t, EXAMPLE_FILES);
  await page.goto(`${daemon.url}${PLACE}/segments`);
  await page.getByText("Used by", { exact: true }).first().waitFor();
  let readOn: () => void = () => undefined;
  const held = new Promise<void>((done) => {
    readOn = done;
  });
  await page.getByRole("button", { name: /^Edit adults/i }).click();
  await page.getByLabel("Number", { exact: true }).fill("21");
  // As on a slow machine, the page does not hear of its own commit until it has switched the flag.
  await page.route(/\/resources\/flipt\.core\.Flag$|\/namespaces$/, (route) =>
    held.then(() => route.continue()).catch(() => undefined),
  );
  await save(page);
  await page.getByText("adults is saved.").waitFor();
  await page.getByRole("link", { name: "Flags", exact: true }).click();
  await page.getByRole("switch", { name: "Banner is on" }).click();
  await page.getByText("banner is off.").waitFor();
  readOn();
  t.is(await commits(remote), 3);
  const { body } = await daemon.post("/evaluate/v1/boolean", { flagKey: "banner", entityId: "ada" });
  t.is(body.enabled, false);
});

withChromium("two windows at once: other flags disturb nobody, the same one is merged", async (t) => {
  const { page, context, daemon, remote } = await openConsole(t, EXAMPLE_FILES, { expected: [/status of 409/] });
  const other = await context.newPage();
  const edit = async (window: Page, flag: string, label: string, text: string): Promise<void> => {
    await window.goto(`${daemon.url}${PLACE}/flags/${flag}?edit=true`);
    await window.getByLabel(label, { exact: true }).first().fill(text);
    await window.getByRole("button", { name: "Review and save" }).click();
    await window.getByRole("button", { name: "Save", exact: true }).waitFor();
  };
  await edit(page, "banner", "Name", "One");
  await edit(other, "checkout", "Name", "Two");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("banner is saved.").waitFor();
  await other.getByRole("button", { name: "Save", exact: true }).click();
  await other.getByText("checkout is saved.").waitFor();
  t.regex(await remote.read(FILE), /name: Two[\s\S]*name: One/);
  t.is(await commits(remote), 3);
  await edit(page, "banner", "Name", "Three");
  await edit(other, "banner", "Name", "Four");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("banner is saved.").waitFor();
  await other.getByRole("button", { name: "Save", exact: true }).click();
  await other.getByRole("heading", { name: "Somebody else was faster" }).waitFor();
  await other.getByRole("group", { name: "Name" }).getByLabel("Mine").check();
  await other.getByRole("button", { name: "Save the merge" }).click();
  await other.getByText("banner is saved.").waitFor();
  t.regex(await remote.read(FILE), /name: Four/);
  await page.getByRole("heading", { name: "Four" }).waitFor();
  t.is(await commits(remote), 5);
});
