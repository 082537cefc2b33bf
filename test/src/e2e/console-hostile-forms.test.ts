import test from "ava";
import { missingChromium } from "../helpers/browser/chromium.js";
import { comingCommit, messageField } from "../helpers/browser/console-steps.js";
import {
  HOSTILE_FILE,
  hold,
  LONG,
  MARKUP,
  openHostile,
  RIGHT,
  showAndHold,
  TEMPLATE,
  TYPED,
} from "../helpers/browser/hostile-console.js";
import { PLACE } from "../helpers/browser/open-console.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);

withChromium("what is typed to do harm is committed as it is, and shown as text on the way", async (t) => {
  const { page, daemon, remote } = await openHostile(t);
  await page.goto(`${daemon.url}${PLACE}/flags/constructor?edit=true`);
  await page.getByLabel("Name", { exact: true }).first().fill(`${MARKUP}!`);
  await page.getByRole("region", { name: "About" }).getByLabel("Description").fill(`${TEMPLATE}${RIGHT}`);
  await page.getByRole("button", { name: "Review and save" }).click();
  await comingCommit(page).getByLabel(`Diff of ${HOSTILE_FILE}`).waitFor();
  await hold(t, page, "review");
  await messageField(page).fill(MARKUP);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("constructor is saved.").waitFor();
  await page.getByRole("heading", { name: `${MARKUP}!`, exact: true }).waitFor();
  await hold(t, page, "saved");
  t.is(await remote.git("log", "-1", "--format=%B", "main"), `${MARKUP}\n`);
  const saved = JSON.parse(await remote.read(HOSTILE_FILE)).flags.at(-1);
  t.like(saved, { key: "constructor", name: `${MARKUP}!`, description: `${TEMPLATE}${RIGHT}` });
});

withChromium("forms of flags, the playground and filters take hostile texts, and show them as texts", async (t) => {
  const { page, daemon, remote, push } = await openHostile(t);
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const show = (path: string) => showAndHold(t, page, daemon.url + path);

  await show(`${PLACE}/flags/constructor?edit=true`);
  const about = page.getByRole("region", { name: "About" });
  await about.getByLabel("Description").fill(TYPED);
  await about.getByLabel("Metadata (JSON object)").fill(`${MARKUP}${LONG}`);
  await hold(t, page, "metadata that is none");
  await about.getByLabel("Metadata (JSON object)").fill(JSON.stringify({ [MARKUP]: TYPED }));
  await page.getByRole("region", { name: "Variants" }).getByLabel("Name").first().fill(LONG);
  const other = JSON.parse(await remote.read(HOSTILE_FILE));
  other.flags.find(({ key }: { key: string }) => key === "constructor").description = `${LONG}${MARKUP}`;
  await push({ [HOSTILE_FILE]: JSON.stringify(other, undefined, 2) }, { message: TYPED });
  await button("See both sides").click();
  await page.getByRole("group", { name: "Description" }).waitFor();
  await hold(t, page, "both sides");
  await button("Later").click();
  await button("Cancel").click();
  await button("Leave and lose it").click();

  await show(`${PLACE}/playground`);
  await page.getByLabel("Flag", { exact: true }).selectOption({ label: "__proto__" });
  await page.getByLabel("Entity id").fill(TYPED);
  await page.getByLabel("Property 1", { exact: true }).fill("__proto__");
  await page.getByLabel("Value 1", { exact: true }).fill(LONG);
  await button("Evaluate").click();
  await page.getByLabel("Name of this question").fill(`${TYPED}${LONG.slice(0, 200)}`);
  await button("Save").click();
  await page.getByRole("heading", { name: "Answer" }).waitFor();
  await hold(t, page, "a question");

  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Find a flag or a page" }).fill(MARKUP);
  await page.getByRole("listbox", { name: "Found" }).getByText(MARKUP).first().waitFor();
  await hold(t, page, "what is looked for");
  await page.keyboard.press("Escape");

  await show(`${PLACE}/branches`);
  await page.getByLabel("Key of the branch").fill(`${TYPED}${LONG}`);
  await hold(t, page, "a branch's key");
  await show(`${PLACE}/history?base=${encodeURIComponent(`${TYPED}${LONG.slice(0, 3_000)}`)}`);
  await show("/status");
  await page.getByLabel("Namespace of events").fill(TYPED);
  await page.getByLabel("Words of events").fill(`${TYPED}${LONG}`);
  await hold(t, page, "filters of events");
});
