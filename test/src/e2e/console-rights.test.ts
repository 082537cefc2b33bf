import test from "ava";
import { missingChromium } from "../helpers/browser/chromium.js";
import { look } from "../helpers/browser/look.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);

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
  await edit
    .and(page.getByTitle("You have no right to update anything in namespace default of environment default."))
    .waitFor();
  await edit.click({ force: true });
  t.false(page.url().includes("edit"));
  await page.getByRole("switch", { name: "Theme is on", disabled: true }).waitFor();
  await page.getByTitle("You have no right to delete anything in namespace default of environment default.").waitFor();
  await look(t, page, "viewer");
  const refused = async (path: string, button: string, right: string): Promise<void> => {
    await page.goto(`${daemon.url}${PLACE}/${path}`);
    const title = `You have no right to ${right}`;
    await page.getByRole("button", { name: button, disabled: true }).and(page.getByTitle(title)).first().waitFor();
  };
  await refused("branches", "Branch default", "branch default.");
  await refused("segments", "New segment", "create anything in namespace default of environment default.");
  await refused("segments", "Edit Beta", "update anything in namespace default of environment default.");
  await refused("segments", "Delete Beta", "delete anything in namespace default of environment default.");
  await refused("segments/beta", "Review and save", "update anything in namespace default of environment default.");
  await refused("history", "Roll back to", "update anything in namespace default of environment default.");
  await refused("settings", "Rename default", "update anything in namespace default of environment default.");
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

withChromium("a question that one may not ask says which right is missing, and who has it to give", async (t) => {
  const token = "a-static-token-of-the-test-0123456789";
  const { page, daemon } = await openConsole(t, EXAMPLE_FILES, {
    config: {
      authentication: {
        required: true,
        methods: { token: { enabled: true, storage: { tokens: { ops: { credential: token } } } } },
      },
      authorization: {
        required: true,
        roles: { reader: [{ actions: ["read"], namespaces: ["default"] }] },
        bindings: [{ role: "reader", match: { token: "ops" } }],
      },
    },
    expected: [/status of 401/, /status of 403/],
  });
  await page.goto(`${daemon.url}${PLACE}/playground?flag=theme&entity=ada`);
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Log in" }).click();
  const answer = page.getByRole("region", { name: "Answer" });
  const missing = "You have no right to evaluate flags in namespace default of environment default.";
  await answer.getByText(missing).waitFor();
  await answer.getByText("Ask whoever sets up who may do what on this server for a role with the action").waitFor();
  t.is(await answer.getByText("permission denied").count(), 0);
  await look(t, page, "playground-refused");
  await page.getByLabel("Flag", { exact: true }).selectOption("all");
  await page.getByRole("button", { name: "Evaluate" }).click();
  await page.waitForURL(/all=true/);
  await answer.getByText(missing).waitFor();
  await page.goto(`${daemon.url}/environments/default/namespaces/ops/playground?flag=theme&entity=ada`);
  await answer.getByText("You have no right to read flags in namespace ops of environment default.").waitFor();
  await page.goto(`${daemon.url}/environments/default/namespaces/ops/flags`);
  await page.getByRole("heading", { name: "You may not see this" }).waitFor();
  await page.getByText("You have no right to read it, or it is not there.").waitFor();
  await look(t, page, "refused");
});
