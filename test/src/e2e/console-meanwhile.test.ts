import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import type { Page } from "playwright-core";
import { missingChromium } from "../helpers/browser/chromium.js";
import { commits, save } from "../helpers/browser/console-steps.js";
import { look } from "../helpers/browser/look.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { startDaemon } from "../helpers/daemon/daemon.js";
import { freePort } from "../helpers/network/free-port.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);
const FILE = "default/features.yaml";
const EXAMPLE = EXAMPLE_FILES[FILE] ?? "";

withChromium("a push while a form is open is told there, and joined with what is typed", async (t) => {
  const { page, daemon, remote } = await openConsole(t, EXAMPLE_FILES);
  await page.goto(`${daemon.url}${PLACE}/flags/theme?edit=true`);
  const description = page.getByRole("region", { name: "About" }).getByLabel("Description", { exact: true });
  await description.fill("Mine");
  const pushed = EXAMPLE.replace("    name: Theme\n", "    name: Theme of theirs\n");
  await remote.commit({ [FILE]: pushed });
  await page.getByText("Somebody has changed this flag meanwhile.").waitFor();
  t.is(await description.inputValue(), "Mine", "nothing typed is lost");
  await page.getByRole("button", { name: "See both sides" }).click();
  await page.getByRole("dialog").getByText('"name": "Theme of theirs"').waitFor();
  await page.getByRole("dialog").getByText('"description": "Mine"').waitFor();
  await look(t, page, "meanwhile");
  await page.getByRole("button", { name: "Take both into the form" }).click();
  t.is(await page.getByLabel("Name", { exact: true }).first().inputValue(), "Theme of theirs");
  await page.getByText("Somebody has changed this flag meanwhile.").waitFor({ state: "detached" });
  await save(page);
  await page.getByText("theme is saved.").waitFor();
  t.is(await commits(remote), 3);
  t.is(await remote.git("diff", "--numstat", "main~1", "main"), `1\t0\t${FILE}`);
  t.regex(await remote.read(FILE), /name: Theme of theirs\n[\s\S]*description: Mine\n/);

  await page.goto(`${daemon.url}${PLACE}/segments/adults`);
  await page.getByLabel("Number", { exact: true }).fill("21");
  const older = (await remote.read(FILE)).replace("operator: gte", "operator: gt");
  await remote.commit({ [FILE]: older });
  await page.getByText("Somebody has changed this segment meanwhile.").waitFor();
  await page.getByRole("button", { name: "See both sides" }).click();
  await page.getByRole("button", { name: "Take both into the form" }).click();
  await page.getByRole("button", { name: "Remove constraint 1" }).waitFor();
  t.is(await page.getByRole("listitem").filter({ hasText: "Operator" }).count(), 2, "another constraint is one more");
});

withChromium("a flag that somebody deletes while it is edited can be saved as a new one", async (t) => {
  const { page, daemon, remote } = await openConsole(t, EXAMPLE_FILES, { expected: [/status of 404/] });
  await page.goto(`${daemon.url}${PLACE}/flags/banner?edit=true`);
  await page.getByLabel("Name", { exact: true }).fill("Banner of mine");
  const without = EXAMPLE.split("\n")
    .filter((line) => !line.includes("key: banner"))
    .join("\n");
  t.not(without, EXAMPLE);
  await remote.commit({ [FILE]: without });
  await page.getByText("Somebody has deleted this flag meanwhile.").waitFor();
  await page.getByRole("button", { name: "Go on with mine" }).click();
  await save(page, "Create");
  await page.getByText("banner is saved.").waitFor();
  await page.getByRole("heading", { name: "Banner of mine" }).waitFor();
  t.is(await commits(remote), 3);
  const { body } = await daemon.post("/evaluate/v1/boolean", { flagKey: "banner", entityId: "ada" });
  t.is(body.enabled, true);
});

withChromium("a form keeps its input while the server restarts, and when the remote refuses", async (t) => {
  const port = await freePort();
  const server = { http_port: port };
  const { page, daemon, remote } = await openConsole(t, EXAMPLE_FILES, {
    config: { server },
    expected: [
      /ERR_CONNECTION_REFUSED/,
      /ERR_CONNECTION_RESET/,
      /ERR_EMPTY_RESPONSE/,
      /ERR_INCOMPLETE_CHUNKED_ENCODING/,
      /status of (?:403|5\d\d)/,
    ],
  });
  await page.goto(`${daemon.url}${PLACE}/flags/banner?edit=true`);
  await page.getByLabel("Description", { exact: true }).fill("Kept");
  await daemon.stop();
  await save(page);
  await page.getByRole("alert").getByText("the server does not answer").first().waitFor();
  await page.getByRole("button", { name: "Keep editing" }).click();
  t.is(await page.getByLabel("Description", { exact: true }).inputValue(), "Kept");
  const storage = { default: { remote: remote.path, poll_interval: "1s" } };
  await startDaemon(t, { config: { storage, server } });
  const hook = join(remote.path, "hooks", "pre-receive");
  await writeFile(hook, "#!/bin/sh\necho closed for the weekend >&2\nexit 1\n", { mode: 0o755 });
  await save(page);
  await page
    .getByRole("alert")
    .getByText(/closed for the weekend|hook declined|refused/)
    .waitFor();
  t.is(await commits(remote), 1);
  await rm(hook);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("banner is saved.").waitFor();
  t.regex(await remote.read(FILE), /description: Kept/);
  t.is(await commits(remote), 2);
});

withChromium("what was typed is there again after a login and a reload", async (t) => {
  const token = "a-static-token-of-the-test-0123456789";
  const methods = { token: { enabled: true, storage: { tokens: { ops: { credential: token } } } } };
  const { page, daemon, remote } = await openConsole(t, EXAMPLE_FILES, {
    config: { authentication: { required: true, methods } },
    expected: [/status of 401/],
  });
  const login = async (): Promise<void> => {
    await page.getByLabel("Token").fill(token);
    await page.getByRole("button", { name: "Log in" }).click();
  };
  await page.goto(`${daemon.url}${PLACE}/flags/banner?edit=true`);
  await login();
  const description = page.getByLabel("Description", { exact: true });
  await description.fill("Kept");
  await page.evaluate("sessionStorage.removeItem('vexil.token')");
  await remote.commit({ "ops/features.yaml": undefined });
  await page.getByRole("heading", { name: "Log in to Vexil" }).waitFor();
  await login();
  await page.getByText("What you had typed here before is back.").waitFor();
  t.is(await description.inputValue(), "Kept");
  page.once("dialog", (asked) => void asked.accept());
  await page.reload();
  await page.getByText("What you had typed here before is back.").waitFor();
  t.is(await description.inputValue(), "Kept");
  await save(page);
  await page.getByText("banner is saved.").waitFor();
  t.regex(await remote.read(FILE), /description: Kept/);
  await page.getByRole("button", { name: "Edit" }).click();
  await description.fill("Thrown away");
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Edit" }).click();
  t.is(await description.inputValue(), "Kept");
  t.is(await page.getByText("What you had typed here before is back.").count(), 0);
});

withChromium("a flag is switched upon the segment that was saved just before", async (t) => {
  const { page, daemon, remote } = await openConsole(t, EXAMPLE_FILES);
  await page.goto(`${daemon.url}${PLACE}/segments`);
  await page.getByText("Used by", { exact: true }).first().waitFor();
  let readOn: () => void = () => undefined;
  const held = new Promise<void>((done) => {
    readOn = done;
  });
  await page.getByRole("button", { name: /^Edit adults/i }).click();
  await page.getByLabel("Number", { exact: true }).fill("21");
  // As on a slow machine, the page does not hear of its own commit until it has switched the flag.
  await page.route(/\/resources\/flipt\.core\.Flag$|\/namespaces$/, (route) =>
    held.then(() => route.continue()).catch(() => undefined),
  );
  await save(page);
  await page.getByText("adults is saved.").waitFor();
  await page.getByRole("link", { name: "Flags", exact: true }).click();
  await page.getByRole("switch", { name: "Banner is on" }).click();
  await page.getByText("banner is off.").waitFor();
  readOn();
  t.is(await commits(remote), 3);
  const { body } = await daemon.post("/evaluate/v1/boolean", { flagKey: "banner", entityId: "ada" });
  t.is(body.enabled, false);
});

withChromium("two windows at once: other flags disturb nobody, the same one is merged", async (t) => {
  const { page, context, daemon, remote } = await openConsole(t, EXAMPLE_FILES, { expected: [/status of 409/] });
  const other = await context.newPage();
  const edit = async (window: Page, flag: string, label: string, text: string): Promise<void> => {
    await window.goto(`${daemon.url}${PLACE}/flags/${flag}?edit=true`);
    await window.getByLabel(label, { exact: true }).first().fill(text);
    await window.getByRole("button", { name: "Review and save" }).click();
    await window.getByRole("button", { name: "Save", exact: true }).waitFor();
  };
  await edit(page, "banner", "Name", "One");
  await edit(other, "checkout", "Name", "Two");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("banner is saved.").waitFor();
  await other.getByRole("button", { name: "Save", exact: true }).click();
  await other.getByText("checkout is saved.").waitFor();
  t.regex(await remote.read(FILE), /name: Two[\s\S]*name: One/);
  t.is(await commits(remote), 3);
  await edit(page, "banner", "Name", "Three");
  await edit(other, "banner", "Name", "Four");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("banner is saved.").waitFor();
  await other.getByRole("button", { name: "Save", exact: true }).click();
  await other.getByRole("heading", { name: "Somebody else was faster" }).waitFor();
  await other.getByRole("group", { name: "Name" }).getByLabel("Mine").check();
  await other.getByRole("button", { name: "Save the merge" }).click();
  await other.getByText("banner is saved.").waitFor();
  t.regex(await remote.read(FILE), /name: Four/);
  await page.getByRole("heading", { name: "Four" }).waitFor();
  t.is(await commits(remote), 5);
});
