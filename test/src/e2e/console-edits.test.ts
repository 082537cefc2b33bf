import test from "ava";
import type { Locator } from "playwright-core";
import { missingChromium } from "../helpers/browser/chromium.js";
import { commits, save } from "../helpers/browser/console-steps.js";
import { look } from "../helpers/browser/look.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { eventually } from "../helpers/daemon/daemon.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);
const FILE = "default/features.yaml";
const EXAMPLE = EXAMPLE_FILES[FILE] ?? "";

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
  await page.getByText("checkout is copied to namespace ops of environment default.").waitFor();
  t.is(await commits(remote), 2);
  t.regex(await remote.read("dev/ops/features.yaml"), /Beta of the operators/);
  const again = await copyTo("default", "ops");
  await again.getByLabel("Replace beta, for all flags there").check();
  await again.getByRole("button", { name: "Replace it there" }).click();
  await page.getByText("checkout is copied to namespace ops of environment default.").waitFor();
  t.notRegex(await remote.read("dev/ops/features.yaml"), /Beta of the operators/);
  const elsewhere = await copyTo("prod", "default");
  await elsewhere.getByText("It needs segments that are not there").waitFor();
  await elsewhere.getByRole("button", { name: "Copy", exact: true }).click();
  await page.getByText("checkout is copied to namespace default of environment prod.").waitFor();
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
