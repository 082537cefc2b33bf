import test from "ava";
import { missingChromium } from "../helpers/browser/chromium.js";
import { HOSTILE_FILE, hold, MARKUP, openHostile, RIGHT, TEMPLATE } from "../helpers/browser/hostile-console.js";
import { PLACE } from "../helpers/browser/open-console.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);

withChromium("what is typed to do harm is committed as it is, and shown as text on the way", async (t) => {
  const { page, daemon, remote } = await openHostile(t);
  await page.goto(`${daemon.url}${PLACE}/flags/constructor?edit=true`);
  await page.getByLabel("Name", { exact: true }).first().fill(`${MARKUP}!`);
  await page.getByRole("region", { name: "About" }).getByLabel("Description").fill(`${TEMPLATE}${RIGHT}`);
  await page.getByRole("button", { name: "Review and save" }).click();
  await page.getByRole("region", { name: "What will be committed" }).getByLabel(`Diff of ${HOSTILE_FILE}`).waitFor();
  await hold(t, page, "review");
  await page.getByLabel("Commit message (optional)").fill(MARKUP);
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
  const typed = `${MARKUP} ${RIGHT}`;
  const long = "w".repeat(30_000);
  const show = async (path: string): Promise<void> => {
    await page.goto(daemon.url + path);
    await hold(t, page, path);
  };

  await show(`${PLACE}/flags/constructor?edit=true`);
  const about = page.getByRole("region", { name: "About" });
  await about.getByLabel("Description").fill(typed);
  await about.getByLabel("Metadata (JSON object)").fill(`${MARKUP}${long}`);
  await hold(t, page, "metadata that is none");
  await about.getByLabel("Metadata (JSON object)").fill(JSON.stringify({ [MARKUP]: typed }));
  await page.getByRole("region", { name: "Variants" }).getByLabel("Name").first().fill(long);
  const other = JSON.parse(await remote.read(HOSTILE_FILE));
  other.flags.find(({ key }: { key: string }) => key === "constructor").description = `${long}${MARKUP}`;
  await push({ [HOSTILE_FILE]: JSON.stringify(other, undefined, 2) }, { message: typed });
  await button("See both sides").click();
  await page.getByRole("group", { name: "Description" }).waitFor();
  await hold(t, page, "both sides");
  await button("Later").click();
  await button("Cancel").click();
  await button("Leave and lose it").click();

  await show(`${PLACE}/playground`);
  await page.getByLabel("Flag", { exact: true }).selectOption({ label: "__proto__" });
  await page.getByLabel("Entity id").fill(typed);
  await page.getByLabel("Property 1", { exact: true }).fill("__proto__");
  await page.getByLabel("Value 1", { exact: true }).fill(long);
  await button("Evaluate").click();
  await page.getByLabel("Name of this question").fill(`${typed}${long.slice(0, 200)}`);
  await button("Save").click();
  await page.getByRole("heading", { name: "Answer" }).waitFor();
  await hold(t, page, "a question");

  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Find a flag or a page" }).fill(MARKUP);
  await page.getByRole("listbox", { name: "Found" }).getByText(MARKUP).first().waitFor();
  await hold(t, page, "what is looked for");
  await page.keyboard.press("Escape");

  await show(`${PLACE}/branches`);
  await page.getByLabel("Key of the branch").fill(`${typed}${long}`);
  await hold(t, page, "a branch's key");
  await show(`${PLACE}/history?base=${encodeURIComponent(`${typed}${long.slice(0, 3_000)}`)}`);
  await show("/status");
  await page.getByLabel("Namespace of events").fill(typed);
  await page.getByLabel("Words of events").fill(`${typed}${long}`);
  await hold(t, page, "filters of events");
});
