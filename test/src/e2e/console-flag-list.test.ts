import test from "ava";
import { missingChromium } from "../helpers/browser/chromium.js";
import { look } from "../helpers/browser/look.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { eventually } from "../helpers/daemon/daemon.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);
const FILE = "default/features.yaml";
const PLACE_API = "/api/v2/environments/default/namespaces/default";
const EVIL = '<img src=x onerror="globalThis.harmed=1">';

withChromium("the list has the last change, its author, age and evaluations of flags, and sorts by them", async (t) => {
  const { page, daemon, remote, push } = await openConsole(t, EXAMPLE_FILES);
  const first = (await remote.head()) ?? "";
  const changed = EXAMPLE_FILES[FILE]?.replace("name: Banner,", "name: Big banner,") ?? "";
  const extra = `${changed}`.replace("flags:\n", "flags:\n  - { key: fresh, name: Fresh, enabled: true }\n");
  t.not(extra, changed);
  const head = await push({ [FILE]: extra }, { author: `${EVIL.replaceAll(/[<>]/g, "'")} <eve@example.com>` });
  for (let at = 0; at < 3; at += 1) {
    await daemon.post("/evaluate/v1/boolean", { flagKey: "checkout", entityId: `user-${at}` });
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${daemon.url}${PLACE}/flags`);
  const row = (name: string) => page.getByRole("row").filter({ hasText: name });
  await row("Big banner").getByText("by git:eve@example.com").or(row("Big banner").getByText("by 'img")).waitFor();
  await row("Theme").getByText("made").waitFor();
  await row("Checkout").getByRole("cell", { name: "3", exact: true }).waitFor();
  const { body } = await daemon.get(`${PLACE_API}/last-changes`);
  const of = (key: string) => body.flags.find((flag: { key: string }) => flag.key === key);
  t.deepEqual(
    [of("banner"), of("theme"), of("fresh")].map(({ changed: last, made }) => [last.revision, made?.revision]),
    [
      [head, first],
      [first, first],
      [head, head],
    ],
  );
  t.is(body.since, undefined);
  const { body: usage } = await daemon.get(`${PLACE_API}/usage`);
  t.is(usage.flags.find((flag: { key: string }) => flag.key === "checkout").evaluations, 3);

  const second = () => page.getByRole("row").nth(1).getByRole("link").textContent();
  await page.getByLabel("Order").selectOption({ label: "Most evaluated first" });
  await eventually(second, (name) => name === "Checkout");
  await page.getByLabel("Order").selectOption({ label: "Last changed first" });
  await eventually(second, (name) => name === "Fresh" || name === "Big banner");
  t.is(new URL(page.url()).searchParams.get("sort"), "changed");

  // What is switched is changed now, and undone by one click within ten seconds.
  await page.getByRole("switch", { name: "Theme is on" }).click();
  await page.getByText("theme is off.").waitFor();
  await eventually(second, (name) => name === "Theme");
  t.is(await remote.git("diff", "--name-only", "main~1", "main"), FILE);
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("switch", { name: "Theme is on", checked: true }).waitFor();
  await eventually(
    async () => (await daemon.get(`${PLACE_API}/resources/flipt.core.Flag/theme`)).body.resource.payload.enabled,
    (enabled) => enabled === true,
  );
  t.is(await page.evaluate("globalThis.harmed"), undefined);
  await look(t, page, "flags-facts");
});

withChromium("flags are chosen by owner, tag, type and state, and the address keeps that", async (t) => {
  const flag = (key: string, more: object) => ({ key, name: key, type: "BOOLEAN_FLAG_TYPE", enabled: true, ...more });
  const flags = [
    flag("a", { metadata: { owner: "shop", tags: ["beta"] } }),
    flag("b", { metadata: { owner: "shop" }, enabled: false }),
    flag("c", { metadata: { tags: ["beta", EVIL] } }),
    flag("d", { type: "VARIANT_FLAG_TYPE", metadata: { owner: "shop", tags: ["beta"] } }),
  ];
  const file = JSON.stringify({ version: "1.6", namespace: "default", flags });
  const { page, daemon } = await openConsole(t, { "default/features.json": file });
  await page.goto(`${daemon.url}${PLACE}/flags`);
  await page.getByText("4 flags", { exact: true }).waitFor();
  await page.getByLabel("Owner", { exact: true }).selectOption("shop");
  await page.getByText("3 of 4 flags").waitFor();
  await page.getByLabel("Metadata", { exact: true }).selectOption("tags=beta");
  await page.getByText("2 of 4 flags").waitFor();
  await page.getByLabel("Type", { exact: true }).selectOption("boolean");
  await page.getByText("1 of 4 flags").waitFor();
  await page.reload();
  await page.getByRole("link", { name: "a", exact: true }).waitFor();
  await page.getByLabel("Type", { exact: true }).selectOption("");
  await page.getByLabel("Metadata", { exact: true }).selectOption("");
  await page.getByLabel("State", { exact: true }).selectOption("off");
  await page.getByRole("link", { name: "b", exact: true }).waitFor();
  t.is(await page.getByRole("switch").count(), 1);
});
