import test from "ava";
import type { Locator, Page } from "playwright-core";
import { missingChromium } from "../helpers/browser/chromium.js";
import { look } from "../helpers/browser/look.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { eventually } from "../helpers/daemon/daemon.js";
import { EXAMPLE_FILES, type TemporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);
const FILE = "default/features.yaml";
const EXAMPLE = EXAMPLE_FILES[FILE] ?? "";

const commits = async (remote: TemporaryRepository): Promise<number> =>
  Number(await remote.git("rev-list", "--count", "main"));

/** Says of the newest commit: subject, author, files. */
const newest = (remote: TemporaryRepository): Promise<string> =>
  remote.git("log", "-1", "--format=%s|%an", "--name-only", "main");

async function save(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Review and save" }).click();
  await page.getByRole("button", { name: "Save", exact: true }).click();
}

/** Goes on by Tab until the focus is where it is wanted. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  await wanted.waitFor();
  for (let presses = 0; presses < 150; presses += 1) {
    if ((await wanted.and(page.locator(":focus")).count()) > 0) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`no way by keyboard to ${wanted}`);
}

withChromium("a flag is made, given variants and a rule, and put in order by keyboard alone", async (t) => {
  const { page, daemon, remote } = await openConsole(t, EXAMPLE_FILES);
  await page.goto(`${daemon.url}${PLACE}/flags`);
  await page.getByText("5 flags", { exact: true }).waitFor();
  const press = (...keys: readonly string[]): Promise<void> =>
    keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
  await press("Control+k");
  await page.getByRole("combobox", { name: "Find a flag or a page" }).waitFor();
  await page.keyboard.type("new flag");
  await press("Enter");
  await page.waitForURL(`${daemon.url}${PLACE}/new-flag`);
  await tabTo(page, page.getByLabel("Name", { exact: true }));
  await page.keyboard.type("Shape");
  await tabTo(page, page.getByLabel("Type"));
  await press("ArrowDown");
  await tabTo(page, page.getByRole("switch", { name: "The flag is on" }));
  await press("Space");
  await tabTo(page, page.getByRole("button", { name: "Review and create" }));
  await press("Enter");
  await tabTo(page, page.getByRole("button", { name: "Create", exact: true }));
  await press("Enter");
  await page.getByRole("heading", { name: "Edit Shape" }).waitFor();
  const variants = page.getByRole("region", { name: "Variants" });
  for (const [index, key] of ["round", "square"].entries()) {
    await tabTo(page, variants.getByRole("button", { name: "Add a variant" }));
    await press("Enter");
    await tabTo(page, variants.getByRole("listitem").nth(index).getByLabel("Key"));
    await page.keyboard.type(key);
  }
  const rules = page.getByRole("region", { name: "Rules" });
  for (const [index, segment] of ["germany", "beta"].entries()) {
    await tabTo(page, rules.getByRole("button", { name: "Add a rule" }));
    await press("Enter");
    const rule = rules.getByRole("listitem").filter({ hasText: "Add a segment" }).nth(index);
    await tabTo(page, rule.getByLabel("Add a segment"));
    await page.keyboard.type(segment);
    await tabTo(page, rule.getByRole("button", { name: "Add a variant's share" }));
    await press("Enter");
  }
  await tabTo(page, rules.getByRole("button", { name: "Add a variant's share" }).nth(1));
  await press("Enter");
  await tabTo(page, rules.getByLabel("Share of square as a slider"));
  await press("End");
  await tabTo(page, rules.getByRole("button", { name: "Move rule 2 up" }));
  await press("Enter");
  await rules.getByText("The rule is now number 1 of 2.").waitFor();
  await tabTo(page, page.getByRole("button", { name: "Review and save" }));
  await press("Enter");
  await tabTo(page, page.getByRole("button", { name: "Save", exact: true }));
  await press("Enter");
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
  const press = async (wanted: Locator, key = "Enter"): Promise<void> => {
    await tabTo(page, wanted);
    await page.keyboard.press(key);
  };
  const type = async (wanted: Locator, text: string): Promise<void> => {
    await tabTo(page, wanted);
    await page.keyboard.type(text);
  };
  await press(page.getByRole("button", { name: "New segment" }));
  await type(page.getByLabel("Key", { exact: true }), "french");
  await type(page.getByLabel("Name", { exact: true }), "French");
  await press(page.getByRole("button", { name: "Add a constraint" }));
  await type(page.getByLabel("Property"), "country");
  await type(page.getByLabel("Value", { exact: true }), "fr");
  await press(page.getByRole("button", { name: "Review and save" }));
  await press(page.getByRole("button", { name: "Create", exact: true }));
  await page.getByText("french is saved.").waitFor();
  t.is(await commits(remote), 2);
  t.regex(await newest(remote), /french.*\|.+\n\n?default\/features\.yaml$/);
  await press(page.getByRole("link", { name: "Flags", exact: true }));
  const banner = page.getByRole("switch", { name: "Banner is on" });
  const isOn = async (): Promise<boolean> =>
    (await daemon.post("/evaluate/v1/boolean", { flagKey: "banner", entityId: "ada" })).body.enabled;
  t.true(await isOn());
  await press(banner, "Space");
  await page.getByText("banner is off.").waitFor();
  t.false(await isOn());
  t.is(await commits(remote), 3);
});

withChromium("a threshold is slid, and a variant keeps its shares under another key", async (t) => {
  const { page, daemon, remote } = await openConsole(t, EXAMPLE_FILES);
  await page.goto(`${daemon.url}${PLACE}/flags/checkout?edit=true`);
  const slider = page.getByLabel("Percentage as a slider");
  await slider.focus();
  await page.keyboard.press("End");
  t.is(await page.getByLabel("Percentage", { exact: true }).inputValue(), "100");
  await page.getByLabel("Percentage", { exact: true }).fill("");
  t.is(await slider.inputValue(), "100", "no number changes nothing");
  await page.getByLabel("Percentage", { exact: true }).fill("99.5");
  await page.getByRole("switch", { name: "The flag is on" }).click();
  await save(page);
  await page.getByText("checkout is saved.").waitFor();
  t.regex(await remote.read(FILE), /percentage: 99\.5/);
  const answer = await daemon.post("/evaluate/v1/boolean", { flagKey: "checkout", entityId: "ada@example.com" });
  t.is(answer.body.enabled, true);

  await page.goto(`${daemon.url}${PLACE}/flags/theme?edit=true`);
  const variants = page.getByRole("region", { name: "Variants" });
  await variants.getByLabel("Key").nth(1).fill("");
  await variants.getByLabel("Key").nth(1).fill("night");
  const shares = page.getByRole("region", { name: "Rules" }).getByRole("listitem").filter({ hasText: "Add a segment" });
  await shares.nth(1).getByRole("button", { name: "Remove the share of blue" }).click();
  await save(page);
  await page.getByText("theme is saved.").waitFor();
  const { payload } = (
    await daemon.get("/api/v2/environments/default/namespaces/default/resources/flipt.core.Flag/theme")
  ).body.resource;
  t.deepEqual(payload.rules[0].distributions, [{ variant: "night", rollout: 100 }]);
  t.deepEqual(
    payload.rules[1].distributions,
    [
      { variant: "light", rollout: 50 },
      { variant: "night", rollout: 50 },
    ],
    "what is left is a whole",
  );
});

withChromium("a copy asks before it replaces a segment that is something else there", async (t) => {
  const ops = `namespace: ops
flags: []
segments:
  - key: beta
    name: Beta of the operators
    match_type: ALL_MATCH_TYPE
    constraints: [{type: STRING_COMPARISON_TYPE, property: team, operator: eq, value: ops}]
`;
  const files = {
    "dev/default/features.yaml": EXAMPLE,
    "dev/ops/features.yaml": ops,
    "prod/default/features.yaml": "flags: []\n",
  };
  const storage = "default";
  const { page, daemon, remote } = await openConsole(t, files, {
    config: {
      environments: {
        default: { storage, default: true, directory: "dev" },
        prod: { storage, directory: "prod" },
      },
    },
    expected: [/status of 404/],
  });
  const copyTo = async (environment: string, namespace: string): Promise<Locator> => {
    await page.goto(`${daemon.url}${PLACE}/flags/checkout`);
    await page.getByRole("button", { name: "Copy to…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("To environment").selectOption(environment);
    await dialog.getByLabel("To namespace").selectOption(namespace);
    return dialog;
  };
  const there = await copyTo("default", "ops");
  await there.getByText("Segments of these keys are something else there").waitFor();
  await look(t, page, "copy-asked");
  await there.getByRole("button", { name: "Copy", exact: true }).click();
  await page.getByText("checkout is copied to ops of default.").waitFor();
  t.is(await commits(remote), 2);
  t.regex(await remote.read("dev/ops/features.yaml"), /Beta of the operators/);
  const again = await copyTo("default", "ops");
  await again.getByLabel("Replace beta, for all flags there").check();
  await again.getByRole("button", { name: "Replace it there" }).click();
  await page.getByText("checkout is copied to ops of default.").waitFor();
  t.notRegex(await remote.read("dev/ops/features.yaml"), /Beta of the operators/);
  const elsewhere = await copyTo("prod", "default");
  await elsewhere.getByText("It needs segments that are not there").waitFor();
  await elsewhere.getByRole("button", { name: "Copy", exact: true }).click();
  await page.getByText("checkout is copied to default of prod.").waitFor();
  t.is(await remote.git("diff", "--name-only", "main~2", "main"), "prod/default/features.yaml");
  await eventually(
    async () =>
      (
        await daemon.post("/evaluate/v1/boolean", {
          environmentKey: "prod",
          flagKey: "checkout",
          entityId: "ada@example.com",
        })
      ).status,
    (status) => status === 200,
  );
});
