import test from "ava";
import { missingChromium } from "../helpers/browser/chromium.js";
import { commits, save } from "../helpers/browser/console-steps.js";
import { look } from "../helpers/browser/look.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);
const FILE = "default/features.yaml";
const FLAG = "/api/v2/environments/default/namespaces/default/resources/flipt.core.Flag";

withChromium("a flag is created from where there is none, and is one commit", async (t) => {
  const files = { ...EXAMPLE_FILES, "empty/features.yaml": "namespace: empty\nflags: []\n" };
  const { page, daemon, remote } = await openConsole(t, files);
  await page.goto(`${daemon.url}/environments/default/namespaces/empty/flags`);
  await page.getByRole("heading", { name: "No flags here yet" }).waitFor();
  await page.getByRole("link", { name: "New flag" }).click();
  await page.getByRole("heading", { name: "New flag" }).waitFor();
  t.is(await page.getByRole("button", { name: "Review and create" }).getAttribute("title"), "A flag needs a name.");
  await page.getByLabel("Name", { exact: true }).fill("Dark Möde");
  const key = page.getByLabel("Key, which programs ask for");
  t.is(await key.inputValue(), "dark-mode");
  await key.fill("dark mode");
  await page.getByText("A key has letters, digits, - and _ only.").first().waitFor();
  await key.fill("dark");
  await look(t, page, "new-flag");
  await page.getByRole("button", { name: "Review and create" }).click();
  await page.getByText('"key": "dark"').waitFor();
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await page.waitForURL(`${daemon.url}/environments/default/namespaces/empty/flags/dark`);
  await page.getByRole("heading", { name: "Dark Möde" }).waitFor();
  t.is(await remote.git("diff", "--name-only", "main~1", "main"), "empty/features.yaml");
  t.regex(await remote.read("empty/features.yaml"), /key: dark\b[\s\S]*name: Dark Möde/);
  t.is(await commits(remote), 2);
});

withChromium("a message covers no button of a form", async (t) => {
  const { page, daemon } = await openConsole(t, EXAMPLE_FILES);
  await page.goto(`${daemon.url}${PLACE}/flags/theme`);
  for (const [height, width] of [
    [600, 390],
    [700, 1440],
  ] as const) {
    await page.setViewportSize({ width, height });
    await page.getByRole("switch", { name: "Theme is on" }).click();
    const message = page.getByText(/^theme is (on|off)\.$/).last();
    await message.waitFor();
    await page.getByRole("button", { name: "Edit" }).click();
    const button = await page.getByRole("button", { name: "Review and save" }).boundingBox();
    const box = await page.getByRole("region", { name: "Messages" }).boundingBox();
    t.true(await message.isVisible());
    t.true(box !== null && button !== null && box.y + box.height <= button.y, JSON.stringify({ box, button }));
    await page.getByRole("button", { name: "Cancel" }).click();
  }
});

withChromium("a flag is copied with the segments that it needs, and deleted with what goes with it", async (t) => {
  const { page, daemon, remote } = await openConsole(t, EXAMPLE_FILES, { expected: [/status of 404/] });
  for (const entityId of ["ada", "bea"]) {
    await daemon.post("/evaluate/v1/boolean", { flagKey: "checkout", entityId });
  }
  await page.goto(`${daemon.url}${PLACE}/flags/checkout`);
  await page.getByRole("button", { name: "Copy to…" }).click();
  await page.getByText("This is where it is.").waitFor();
  await page.getByRole("dialog").getByLabel("To namespace").selectOption("ops");
  await page.getByText("It needs segments that are not there").waitFor();
  const added = (await page.getByRole("group", { name: "What copying changes" }).textContent()) ?? "";
  t.regex(added, /"type": "boolean"[\s\S]*"type": "segment"[\s\S]*"segmentOperator": "or"/);
  t.notRegex(added, /@type/);
  await look(t, page, "copy");
  await page.getByRole("button", { name: "Copy", exact: true }).click();
  await page.getByText("checkout is copied to namespace ops of environment default.").waitFor();
  t.is(await remote.git("diff", "--name-only", "main~2", "main"), "ops/features.yaml");
  t.regex(await remote.read("ops/features.yaml"), /key: checkout[\s\S]*key: beta/);
  await page.getByRole("button", { name: "Delete this flag…" }).click();
  await page.getByText("with 2 rollouts").waitFor();
  await page.getByText("evaluated 2 times in the last 30 days").waitFor();
  await look(t, page, "delete");
  await page.getByRole("button", { name: "Delete this flag", exact: true }).click();
  await page.waitForURL(`${daemon.url}${PLACE}/flags`);
  await page.getByText("4 flags", { exact: true }).waitFor();
  t.notRegex(await remote.read(FILE), /checkout/);
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("checkout is there again.").waitFor();
  t.regex(await remote.read(FILE), /key: checkout/);
  t.is(await commits(remote), 5);
});

withChromium("what two have changed at once is merged item by item", async (t) => {
  const { page, daemon, remote, push } = await openConsole(t, EXAMPLE_FILES, { expected: [/status of 409/] });
  await page.goto(`${daemon.url}${PLACE}/flags/theme?edit=true`);
  const about = page.getByRole("region", { name: "About" });
  await about.getByLabel("Name", { exact: true }).fill("My theme");
  await about.getByLabel("Description", { exact: true }).fill("Mine");
  await page.getByLabel("Attachment (JSON)").nth(0).fill('{"hex": "#fff"}');
  await page.getByRole("button", { name: "Remove rule 3" }).click();
  const theirs = (await remote.read(FILE))
    .replace("    name: Theme\n", "    name: Their theme\n    description: Theirs\n")
    .replace("{key: blue}", '{key: blue, attachment: {hex: "#00f"}}')
    .replace("{variant: dark, rollout: 100}", "{variant: dark, rollout: 90}");
  const head = await push({ [FILE]: theirs });
  await save(page);
  await page.getByRole("heading", { name: "Somebody else was faster" }).waitFor();
  t.is(await remote.head(), head, "nothing was overwritten");
  await page.getByRole("group", { name: "Name" }).getByLabel("Theirs").check();
  t.is(await page.getByRole("radio").count(), 4, "only what both have changed is asked for");
  await look(t, page, "merge", page.getByRole("group", { name: "Name" }));
  await page.getByRole("button", { name: "Save the merge" }).click();
  await page.getByText("theme is saved.").waitFor();
  const { payload } = (await daemon.get(`${FLAG}/theme`)).body.resource;
  t.like(payload, { name: "Their theme", description: "Mine" });
  t.deepEqual(
    payload.variants.map(({ attachment }: { attachment?: object }) => attachment),
    [{ hex: "#fff" }, { hex: "#000", level: 3 }, { hex: "#00f" }],
  );
  t.deepEqual(
    payload.rules.map(
      ({ distributions }: { distributions: readonly { rollout: number }[] }) => distributions[0]?.rollout,
    ),
    [90, 33.33],
    "one has changed a rule, one removed another",
  );
  t.regex(await remote.read(FILE), /name: Their theme\n\s+description: Mine/);
  t.is(await commits(remote), 3);
});

withChromium("one key leads to the search, where there is none to that of all", async (t) => {
  const { page, daemon } = await openConsole(t, EXAMPLE_FILES);
  await page.goto(`${daemon.url}${PLACE}/flags`);
  await page.getByText("5 flags", { exact: true }).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("a/b");
  t.is(await page.getByLabel("Search flags").inputValue(), "a/b");
  await page.goto(`${daemon.url}${PLACE}/segments`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.keyboard.press("/");
  await page.getByRole("combobox", { name: "Find a flag or a page" }).fill("new flag");
  await page.keyboard.press("Enter");
  await page.waitForURL(`${daemon.url}${PLACE}/new-flag`);
  const goTo = async (words: string, entry: string, path: string): Promise<void> => {
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Find a flag or a page" }).fill(words);
    await page.getByRole("listbox", { name: "Found" }).getByText(entry, { exact: true }).waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL(daemon.url + path);
  };
  await goTo("adults segment", "Adults · adults", `${PLACE}/segments/adults`);
  await goTo("ops namespace", "ops", "/environments/default/namespaces/ops/flags");
});
