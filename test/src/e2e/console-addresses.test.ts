import test from "ava";
import { missingChromium } from "../helpers/browser/chromium.js";
import { commits, showPage } from "../helpers/browser/console-steps.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);
const FILE = "default/features.yaml";

withChromium("what is opened on a page has an address for others, and Back closes it", async (t) => {
  const { page, context, daemon, push } = await openConsole(t, EXAMPLE_FILES);
  const first = await push({
    [FILE]: EXAMPLE_FILES[FILE]?.replace("key: banner, name: Banner,", "key: banner, name: Big,"),
  });
  await push({ [FILE]: EXAMPLE_FILES[FILE] });
  const dialog = page.getByRole("dialog");
  const other = await context.newPage();
  /** Opens it by a button; who is sent the address sees the same; Back, Escape and the address alone close it. */
  const opens = async (path: string, button: string, address: RegExp, title: string): Promise<void> => {
    const closed = `${daemon.url}${PLACE}/${path}`;
    await showPage(page, closed);
    const opener = page.getByRole("button", { name: button, exact: true });
    await opener.click();
    await dialog.getByRole("heading", { name: title }).waitFor();
    t.regex(page.url(), address);
    await other.goto(page.url());
    await other.getByRole("dialog").getByRole("heading", { name: title }).waitFor();
    await other.keyboard.press("Escape");
    await other.getByRole("dialog").waitFor({ state: "detached" });
    t.is(other.url(), closed, "who came by the address stays on the page");
    await page.goBack();
    await dialog.waitFor({ state: "detached" });
    t.is(page.url(), closed);
    await page.goForward();
    await dialog.getByRole("heading", { name: title }).waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    t.is(page.url(), closed);
    await opener.and(page.locator(":focus")).waitFor();
  };
  await opens("flags/checkout", "Copy to…", /\?copy=true$/, "Copy checkout");
  await opens("history", `Roll back to ${first.slice(0, 8)}`, new RegExp(`\\?back=${first}$`), "Roll default back?");
  await opens("settings", "New namespace", /\?new=true$/, "New namespace");
  await opens("settings", "Rename ops", /\?rename=ops$/, "Rename ops");
});

withChromium("an address says where to copy, to what to go back, and how a branch is to be called", async (t) => {
  const { page, daemon, remote, push } = await openConsole(t, EXAMPLE_FILES, { expected: [/status of 404/] });
  const first = (await remote.head()) ?? "";
  await push({ [FILE]: EXAMPLE_FILES[FILE]?.replace("key: banner, name: Banner,", "key: banner, name: Big,") });
  await page.goto(`${daemon.url}${PLACE}/flags/plain`);
  await page.getByRole("button", { name: "Copy to…" }).click();
  await page.getByLabel("To namespace").selectOption("ops");
  await page.getByText("This will be added").waitFor();
  const address = page.url();
  await page.goBack();
  t.is(page.url(), `${daemon.url}${PLACE}/flags/plain`, "a choice is no step");
  await page.goto(address);
  await page.getByText("This will be added").waitFor();
  t.is(await page.getByLabel("To namespace").inputValue(), "ops");
  await page.getByRole("button", { name: "Copy", exact: true }).click();
  await page.getByText("plain is copied to namespace ops of environment default.").waitFor();
  await page.getByRole("dialog").waitFor({ state: "detached" });

  await page.goto(`${daemon.url}${PLACE}/history?back=main~2`);
  await page
    .getByRole("dialog")
    .getByText(`A new commit makes it what it was at ${first.slice(0, 8)}`)
    .waitFor();
  await page.getByRole("button", { name: "Roll back", exact: true }).click();
  await page.getByText(`default is as it was at ${first.slice(0, 8)}.`).waitFor();
  t.is(await remote.git("diff", "--name-only", "main~3", "main"), "ops/features.yaml");
  t.is(await commits(remote), 4);

  await page.goto(`${daemon.url}${PLACE}/branches?new=winter`);
  const key = page.getByLabel("Key of the branch");
  await key.and(page.locator(":focus")).waitFor();
  await page.keyboard.press("Enter");
  await page.getByText("Branch winter is there.").waitFor();
  const compare = page.getByRole("button", { name: "Compare with default" });
  await compare.click();
  await page.getByText("All flags and segments are as in default.").waitFor();
  t.regex(page.url(), /compare=winter/);
  await page.goBack();
  await compare.and(page.locator("[aria-expanded=false]")).waitFor();
});

withChromium("Back from a flag that is edited leads to the flag, and asks before what is typed is lost", async (t) => {
  const { page, daemon } = await openConsole(t, EXAMPLE_FILES);
  await showPage(page, `${daemon.url}${PLACE}/flags`);
  await page.getByRole("link", { name: "Banner" }).click();
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await page.getByRole("heading", { name: "Edit Banner" }).waitFor();
  await page.goBack();
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  const description = page.getByLabel("Description", { exact: true });
  await description.fill("Mine");
  await page.getByRole("button", { name: "Review and save" }).click();
  await page.getByRole("heading", { name: "Review the change" }).waitFor();
  await page.evaluate("history.back()");
  await page.getByRole("heading", { name: "Leave without saving?" }).waitFor();
  await page.getByRole("button", { name: "Stay here" }).click();
  await page.getByRole("button", { name: "Keep editing" }).click();
  t.is(await description.inputValue(), "Mine");
  await page.evaluate("history.back()");
  await page.getByRole("button", { name: "Leave and lose it" }).click();
  await page.getByRole("button", { name: "Edit", exact: true }).waitFor();
  t.is(page.url(), `${daemon.url}${PLACE}/flags/banner`);
});
