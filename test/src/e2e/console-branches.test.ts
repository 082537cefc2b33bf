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

withChromium("what one has no right to is disabled, and says so", async (t) => {
  const token = "a-static-token-of-the-test-0123456789";
  const roles = { viewer: [{ actions: ["read", "evaluate"] }], author: [{ actions: ["write"], namespaces: ["ops"] }] };
  const bindings = ["viewer", "author"].map((role) => ({ role, match: { token: "ops" } }));
  const { page, daemon, remote } = await openConsole(t, EXAMPLE_FILES, {
    config: {
      authentication: {
        required: true,
        methods: { token: { enabled: true, storage: { tokens: { ops: { credential: token } } } } },
      },
      authorization: { required: true, roles, bindings },
    },
    expected: [/status of 401/, /status of 403/],
  });
  const renamed = EXAMPLE_FILES["default/features.yaml"]?.replace("name: Banner", "name: Big banner");
  const head = await remote.commit({ "default/features.yaml": renamed });
  await page.goto(`${daemon.url}${PLACE}/flags/theme`);
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Log in" }).click();
  const edit = page.getByRole("button", { name: "Edit" });
  await edit.and(page.getByTitle("You have no right to update anything in default of default.")).waitFor();
  await edit.click({ force: true });
  t.false(page.url().includes("edit"));
  await page.getByRole("switch", { name: "Theme is on", disabled: true }).waitFor();
  await page.getByTitle("You have no right to delete anything in default of default.").waitFor();
  await look(t, page, "viewer");
  const refused = async (path: string, button: string, right: string): Promise<void> => {
    await page.goto(`${daemon.url}${PLACE}/${path}`);
    const title = `You have no right to ${right}`;
    await page.getByRole("button", { name: button, disabled: true }).and(page.getByTitle(title)).first().waitFor();
  };
  await refused("branches", "Branch default", "branch default.");
  await refused("segments", "New segment", "create anything in default of default.");
  await refused("segments", "Edit Beta", "update anything in default of default.");
  await refused("segments", "Delete Beta", "delete anything in default of default.");
  await refused("segments/beta", "Review and save", "update anything in default of default.");
  await refused("history", "Roll back to", "update anything in default of default.");
  await refused("settings", "Rename default", "update anything in default of default.");
  await page.goto(`${daemon.url}/status`);
  await page.getByRole("button", { name: "Sync now" }).click();
  const sync = page.getByRole("button", { name: "Sync now", disabled: true });
  await sync.and(page.getByTitle("You have no right to sync default.")).waitFor();
  t.is(await remote.head(), head);
  await page.goto(`${daemon.url}/environments/default/namespaces/ops/flags`);
  await page.getByRole("switch", { name: "Kill switch is on" }).click();
  await page.getByText("kill-switch is off.").waitFor();
  t.is(await remote.git("diff", "--name-only", "main~1", "main"), "ops/features.yaml");
});
