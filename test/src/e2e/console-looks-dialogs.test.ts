import test from "ava";
import { missingChromium } from "../helpers/browser/chromium.js";
import { comingCommit, showPage } from "../helpers/browser/console-steps.js";
import { look } from "../helpers/browser/look.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);

withChromium("dialogs of namespaces, segments and branches can be used by everybody", async (t) => {
  const { page, daemon } = await openConsole(t, EXAMPLE_FILES);
  const show = (path: string) => showPage(page, `${daemon.url}${PLACE}/${path}`);
  const diff = comingCommit(page);
  await show("settings?new=true");
  await page.getByLabel("Key", { exact: true }).fill("payments");
  await page.getByLabel("Name", { exact: true }).fill("Payments");
  await diff.waitFor();
  await show("settings?new=true");
  await page.getByText("What you had typed here before is back.").waitFor();
  await diff.waitFor();
  await look(t, page, "dialog-namespace");
  await show("settings");
  await page.getByRole("button", { name: "Delete ops" }).click();
  await diff.waitFor();
  await look(t, page, "dialog-delete-namespace");
  await show("segments");
  await page.getByRole("button", { name: "Delete Adults" }).click();
  await page.getByRole("dialog").getByText("Flags use it.").waitFor();
  await look(t, page, "dialog-delete-segment");
  await show("branches?new=winter");
  await page.getByRole("button", { name: "Branch default" }).click();
  await page.getByRole("button", { name: "Delete…" }).click();
  await page.getByText("Nothing is lost").waitFor();
  await look(t, page, "dialog-delete-branch");
});

withChromium(
  "the palette, the menu and the question before what is typed is lost can be used by everybody",
  async (t) => {
    const { page, daemon } = await openConsole(t, EXAMPLE_FILES);
    await showPage(page, `${daemon.url}${PLACE}/new-segment`);
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Find a flag or a page" }).fill("new");
    await page.getByRole("option", { name: "New namespace" }).waitFor();
    await look(t, page, "dialog-palette");
    await page.keyboard.press("Escape");
    await page.getByLabel("Key", { exact: true }).fill("typed");
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("heading", { name: "Leave without saving?" }).waitFor();
    await look(t, page, "dialog-leave");
    await page.getByRole("button", { name: "Stay here" }).click();
    await page.setViewportSize({ width: 390, height: 900 });
    await page.getByRole("button", { name: "Menu" }).click();
    await look(t, page, "menu");
  },
);
