import test from "ava";
import { missingChromium } from "../helpers/browser/chromium.js";
import { comingCommit, commits, messageField } from "../helpers/browser/console-steps.js";
import { pressAt, typeAt } from "../helpers/browser/keyboard.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { EXAMPLE_FILES, type TemporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);
const FILE = "default/features.yaml";

/** Says of the newest commit: subject, author, files. */
const newest = (remote: TemporaryRepository): Promise<string> =>
  remote.git("log", "-1", "--format=%s|%an", "--name-only", "main");

withChromium("a flag is made, given variants and a rule, and put in order by keyboard alone", async (t) => {
  const { page, daemon, remote } = await openConsole(t, EXAMPLE_FILES);
  await page.goto(`${daemon.url}${PLACE}/flags`);
  await page.getByText("5 flags", { exact: true }).waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Find a flag or a page" }).waitFor();
  await page.keyboard.type("new flag");
  await page.keyboard.press("Enter");
  await page.waitForURL(`${daemon.url}${PLACE}/new-flag`);
  await typeAt(page, page.getByLabel("Name", { exact: true }), "Shape");
  await pressAt(page, page.getByLabel("Type"), "ArrowDown");
  await pressAt(page, page.getByRole("switch", { name: "The flag is on" }), "Space");
  await pressAt(page, page.getByRole("button", { name: "Review and create" }));
  await pressAt(page, page.getByRole("button", { name: "Create", exact: true }));
  await page.getByRole("heading", { name: "Edit Shape" }).waitFor();
  const variants = page.getByRole("region", { name: "Variants" });
  for (const [index, key] of ["round", "square"].entries()) {
    await pressAt(page, variants.getByRole("button", { name: "Add a variant" }));
    await typeAt(page, variants.getByRole("listitem").nth(index).getByLabel("Key"), key);
  }
  const rules = page.getByRole("region", { name: "Rules" });
  for (const [index, segment] of ["germany", "beta"].entries()) {
    await pressAt(page, rules.getByRole("button", { name: "Add a rule" }));
    const rule = rules.getByRole("listitem").filter({ hasText: "Add a segment" }).nth(index);
    await typeAt(page, rule.getByLabel("Add a segment"), segment);
    await pressAt(page, rule.getByRole("button", { name: "Add a variant's share" }));
  }
  await pressAt(page, rules.getByRole("button", { name: "Add a variant's share" }).nth(1));
  await pressAt(page, rules.getByLabel("Share of square as a slider"), "End");
  await pressAt(page, rules.getByRole("button", { name: "Move rule 2 up" }));
  await rules.getByText("The rule is now number 1 of 2.").waitFor();
  await pressAt(page, page.getByRole("button", { name: "Review and save" }));
  await pressAt(page, page.getByRole("button", { name: "Save", exact: true }));
  await page.getByText("shape is saved.").waitFor();
  t.is(await commits(remote), 3);
  t.regex(await newest(remote), /shape.*\|.+\n\n?default\/features\.yaml$/);
  const both = { flagKey: "shape", entityId: "ada@example.com", context: { country: "de" } };
  t.is((await daemon.post("/evaluate/v1/variant", both)).body.variantKey, "square", "the rule that was moved is first");
  t.is((await daemon.post("/evaluate/v1/variant", { ...both, entityId: "ada" })).body.variantKey, "round");
});

withChromium("a segment is made, and a flag switched, by keyboard alone", async (t) => {
  const { page, daemon, remote } = await openConsole(t, EXAMPLE_FILES);
  await page.goto(`${daemon.url}${PLACE}/segments`);
  await pressAt(page, page.getByRole("button", { name: "New segment" }));
  await typeAt(page, page.getByLabel("Key", { exact: true }), "french");
  await typeAt(page, page.getByLabel("Name", { exact: true }), "French");
  await pressAt(page, page.getByRole("button", { name: "Add a constraint" }));
  await typeAt(page, page.getByLabel("Property"), "country");
  await typeAt(page, page.getByLabel("Value", { exact: true }), "fr");
  await pressAt(page, page.getByRole("button", { name: "Review and save" }));
  await pressAt(page, page.getByRole("button", { name: "Create", exact: true }));
  await page.getByText("french is saved.").waitFor();
  t.is(await commits(remote), 2);
  t.regex(await newest(remote), /french.*\|.+\n\n?default\/features\.yaml$/);
  await pressAt(page, page.getByRole("link", { name: "Flags", exact: true }));
  const banner = page.getByRole("switch", { name: "Banner is on" });
  const isOn = async (): Promise<boolean> =>
    (await daemon.post("/evaluate/v1/boolean", { flagKey: "banner", entityId: "ada" })).body.enabled;
  t.true(await isOn());
  await pressAt(page, banner, "Space");
  await page.getByText("banner is off.").waitFor();
  t.false(await isOn());
  t.is(await commits(remote), 3);
});

withChromium("a namespace is rolled back, after a look at the commit, by keyboard alone", async (t) => {
  const { page, daemon, remote, push } = await openConsole(t, EXAMPLE_FILES);
  const first = (await remote.head()) ?? "";
  const short = first.slice(0, 8);
  await push({ [FILE]: EXAMPLE_FILES[FILE]?.replace("key: banner, name: Banner,", "key: banner, name: Big,") });
  await page.goto(`${daemon.url}${PLACE}/flags`);
  await pressAt(page, page.getByRole("link", { name: "History", exact: true }));
  await pressAt(page, page.getByRole("button", { name: `Roll back to ${short}` }));
  const dialog = page.getByRole("dialog");
  const preview = comingCommit(dialog);
  await preview.getByText("Big").first().waitFor();
  t.is(await commits(remote), 2, "nothing is committed by looking");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  t.is(
    await page.evaluate("document.activeElement.ariaLabel"),
    `Roll back to ${short}`,
    "whoever looked only goes on where it was",
  );
  await page.keyboard.press("Enter");
  await preview.getByText("Big").first().waitFor();
  await typeAt(page, messageField(dialog), "Small again");
  await pressAt(page, dialog.getByRole("button", { name: "Roll back", exact: true }));
  await page.getByText(`default is as it was at ${short}.`).waitFor();
  t.is(await newest(remote), `Small again|flipt\n\n${FILE}`);
  t.is(await remote.git("rev-parse", "main^{tree}"), await remote.git("rev-parse", `${first}^{tree}`));
});

withChromium("what is typed before the palette has come over a slow line is in it", async (t) => {
  const { page, daemon } = await openConsole(t, EXAMPLE_FILES);
  let arrive = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  await page.route(/\/palette-[^/]*\.js$/, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(`${daemon.url}${PLACE}/flags`);
  await page.getByRole("link", { name: "Retired" }).waitFor();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("reti");
  arrive();
  const box = page.getByRole("combobox", { name: "Find a flag or a page" });
  await box.and(page.locator(":focus")).waitFor();
  await page.keyboard.type("red");
  t.is(await box.inputValue(), "retired");
  await page.keyboard.press("Enter");
  await page.waitForURL(`${daemon.url}${PLACE}/flags/retired`);
});
