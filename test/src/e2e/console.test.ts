import test from "ava";
import { missingChromium } from "../helpers/browser/chromium.js";
import { commits, save } from "../helpers/browser/console-steps.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { eventually } from "../helpers/daemon/daemon.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);

const subject = (remote: { git(...args: string[]): Promise<string> }): Promise<string> =>
  remote.git("log", "-1", "--format=%s|%an", "main");

withChromium("a flag is switched off by one click, and on again by undo; each is a commit on the remote", async (t) => {
  const { page, daemon, remote } = await openConsole(t, EXAMPLE_FILES);
  const first = await remote.head();
  await page.goto(daemon.url);
  await page.waitForURL(`${daemon.url}${PLACE}/flags`);
  await page.getByRole("switch", { name: "Banner is on" }).click();
  await page.getByText("banner is off.").waitFor();
  const off = await remote.head();
  t.not(off, first);
  t.regex(await remote.read("default/features.yaml"), /key: banner, .*enabled: false/);
  t.is(await remote.git("diff", "--name-only", "main~1", "main"), "default/features.yaml");
  t.regex(await subject(remote), /banner/);
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("switch", { name: "Banner is on", checked: true }).waitFor();
  await eventually(
    () => remote.head(),
    (head) => head !== off,
  );
  t.is(
    await remote.read("default/features.yaml"),
    await remote.read("default/features.yaml", first),
    "all is as it was",
  );
});

withChromium("a flag is edited, reviewed and saved; what a form may not say keeps it from that", async (t) => {
  const { page, daemon, remote } = await openConsole(t, EXAMPLE_FILES);
  await page.goto(`${daemon.url}${PLACE}/flags/theme`);
  await page.getByRole("heading", { name: "Theme" }).waitFor();
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByLabel("Name", { exact: true }).first().fill("Theme of the shop");
  await page.getByLabel("Attachment (JSON)").nth(1).fill('{"hex": ');
  await page.getByText(/This is no JSON/).waitFor();
  t.true(await page.getByRole("button", { name: "Review and save" }).isDisabled());
  await page.getByLabel("Attachment (JSON)").nth(1).fill('{"hex": "#111"}');
  await page.getByRole("button", { name: "Move rule 3 up" }).click();
  await page.getByRole("link", { name: "Segments" }).click();
  await page.getByRole("button", { name: "Stay here" }).click();
  await page.getByRole("button", { name: "Review and save" }).click();
  await page
    .getByText('+  "name": "Theme of the shop",')
    .or(page.getByText('"name": "Theme of the shop"'))
    .first()
    .waitFor();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("heading", { name: "Theme of the shop" }).waitFor();
  const { body } = await daemon.get("/api/v2/environments/default/namespaces/default/resources/flipt.core.Flag/theme");
  t.is(body.resource.payload.name, "Theme of the shop");
  t.deepEqual(body.resource.payload.variants[1].attachment, { hex: "#111" });
  t.deepEqual(
    body.resource.payload.rules.map((rule: { segments: string[] }) => rule.segments),
    [["beta"], ["germany"], ["germany", "adults"]],
  );
  t.regex(await remote.read("default/features.yaml"), /name: Theme of the shop/);
  t.is(await commits(remote), 2);
});

withChromium("whoever edits what somebody else has changed meanwhile sees both, and loses nothing", async (t) => {
  const { page, daemon, remote, push } = await openConsole(t, EXAMPLE_FILES, { expected: [/status of 409/] });
  await page.goto(`${daemon.url}${PLACE}/flags/banner?edit=true`);
  await page.getByLabel("Description", { exact: true }).fill("Mine");
  const file = "default/features.yaml";
  const theirs = (await remote.read(file)).replace("name: Banner,", "name: Their banner,");
  const head = await push({ [file]: theirs });
  await save(page);
  await page.getByRole("heading", { name: "Somebody else was faster" }).waitFor();
  await page.getByText('"name": "Their banner"').first().waitFor();
  t.is(await remote.head(), head, "nothing was overwritten");
  await page.getByRole("button", { name: "Save the merge" }).click();
  await page.getByText("banner is saved.").waitFor();
  t.regex(await remote.read(file), /name: Their banner,.*description: Mine/, "what both did is kept");
});

withChromium("a push is shown without a click, and a search stays in the address", async (t) => {
  const { page, daemon, remote } = await openConsole(t, EXAMPLE_FILES);
  // Who hears of changes only after this one has come sees it, and no mark.
  const stream = page.waitForResponse((response) => response.url().includes("/api/v2/events"));
  await page.goto(`${daemon.url}${PLACE}/flags?type=boolean&q=ba`);
  await stream;
  await page.getByText("1 of 5 flags").waitFor();
  t.is(await page.getByLabel("Search flags").inputValue(), "ba");
  const changed = EXAMPLE_FILES["default/features.yaml"]?.replace("name: Banner", "name: Banner of the week") ?? "";
  await remote.commit({ "default/features.yaml": changed });
  await page.getByText("Banner of the week").waitFor();
  // Only the stream of events tells what has changed.
  const row = page.getByRole("row", { name: "Banner of the week" });
  await row.getByText("Changed", { exact: true }).waitFor();
  t.is(await row.getByText("Boolean", { exact: true }).count(), 1, "its type stays in sight");
  await page.getByLabel("Search flags").fill("checkout");
  await page.getByRole("link", { name: "Checkout" }).waitFor();
  t.regex(page.url(), /q=checkout/);
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Find a flag or a page" }).fill("retired flag");
  await page.keyboard.press("Enter");
  await page.waitForURL(`${daemon.url}${PLACE}/flags/retired`);
});
