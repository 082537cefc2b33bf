import test from "ava";
import { missingChromium } from "../helpers/browser/chromium.js";
import { commits } from "../helpers/browser/console-steps.js";
import { look } from "../helpers/browser/look.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);

withChromium("an environment is branched, compared, asked and tidied up", async (t) => {
  const { page, daemon, remote } = await openConsole(t, EXAMPLE_FILES);
  const branches = async (): Promise<string> => remote.git("for-each-ref", "--format=%(refname:short)", "refs/heads");
  await page.goto(`${daemon.url}${PLACE}/branches`);
  await page.getByRole("heading", { name: "No branches yet" }).waitFor();
  await page.getByLabel("Key of the branch").fill("winter");
  await page.getByRole("button", { name: "Branch default" }).click();
  const card = page.getByRole("region", { name: "winter" });
  await card.getByRole("link", { name: "Flags" }).click();
  await page.waitForURL(`${daemon.url}/environments/winter/namespaces/default/flags`);
  t.regex(await branches(), /winter/);
  await page.getByRole("switch", { name: "Banner is on" }).click();
  await page.getByText("banner is off.").waitFor();
  t.is(await commits(remote), 1, "the base is as it was");
  const branch = (await branches()).split("\n").find((name) => name.includes("winter")) ?? "";
  t.is(await remote.git("diff", "--name-only", "main", branch), "default/features.yaml");
  t.regex(await remote.git("log", "-1", "--format=%an|%s", branch), /^flipt\|.*banner/);
  const answer = async (environmentKey: string): Promise<boolean> =>
    (await daemon.post("/evaluate/v1/boolean", { environmentKey, flagKey: "banner", entityId: "ada" })).body.enabled;
  t.deepEqual([await answer("winter"), await answer("default")], [false, true]);
  await page.getByRole("link", { name: "Branches" }).click();
  await card.getByRole("button", { name: "Compare with default" }).click();
  await card.getByText("default/banner").click();
  await card.getByText("other answers for up to 100%").waitFor();
  await card.getByText('"enabled": false,').waitFor();
  await page.reload();
  await card.getByText("default/banner").click();
  await look(t, page, "branches");
  await card.getByRole("link", { name: "Evaluate it in the branch" }).click();
  await page.waitForURL(`${daemon.url}/environments/winter/namespaces/default/playground?flag=banner`);
  await page.goto(`${daemon.url}${PLACE}/branches`);
  await card.getByRole("button", { name: "Delete…" }).click();
  await page.getByText("What it has otherwise than default goes with it: banner.").waitFor();
  await page.getByRole("button", { name: "Delete this branch" }).click();
  await page.getByText("Branch winter is deleted.").waitFor();
  await page.getByRole("heading", { name: "No branches yet" }).waitFor();
  t.is(await branches(), "main");
});
