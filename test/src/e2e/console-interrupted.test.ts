import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { missingChromium } from "../helpers/browser/chromium.js";
import { commits, save } from "../helpers/browser/console-steps.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { startDaemon } from "../helpers/daemon/daemon.js";
import { freePort } from "../helpers/network/free-port.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);
const FILE = "default/features.yaml";

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
  await page.getByRole("button", { name: "Leave and lose it" }).click();
  await page.getByRole("button", { name: "Edit" }).click();
  t.is(await description.inputValue(), "Kept");
  t.is(await page.getByText("What you had typed here before is back.").count(), 0);
});
