import { execFile } from "node:child_process";
import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test, { type ExecutionContext } from "ava";
import type { Page } from "playwright-core";
import { missingChromium } from "../helpers/browser/chromium.js";
import { showPage } from "../helpers/browser/console-steps.js";
import { look } from "../helpers/browser/look.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { VEXIL } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);
const PACKAGES = fileURLToPath(new URL("../../../node_modules", import.meta.url));
const FILE = "default/features.yaml";
const PAGE = `${PLACE}/playground`;

/** Signs that shells, and languages with strings, take for something else. */
const EVIL = `it's "q" $(echo no) \`id\` !! \\ %s #{x} \u202e\u05d0 <img src=x onerror="globalThis.harmed=1">`;

function run(file: string, args: readonly string[], env: object = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(file, args, { env: { PATH: process.env.PATH, ...env } }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stderr}`));
      else resolve(stdout);
    });
  });
}

/** Runs words as somebody does who pastes them into a shell, `vexil` being this one. */
const shell = (line: string, env: object = {}): Promise<string> =>
  run("/bin/sh", ["-c", `vexil() { "${process.execPath}" "${VEXIL}" "$@"; }\n${line}`], env);

/** Runs a module beside the packages of the workspace. */
async function module(t: ExecutionContext, code: string): Promise<string> {
  const folder = await temporaryDirectory(t);
  await symlink(PACKAGES, join(folder, "node_modules"));
  await writeFile(join(folder, "snippet.mjs"), code);
  return run(process.execPath, [join(folder, "snippet.mjs")]);
}

async function snippet(page: Page, name: string): Promise<string> {
  await page.getByLabel("As", { exact: true }).selectOption({ label: name });
  return (await page.getByRole("group", { name: `As ${name}` }).textContent()) ?? "";
}

const answered = async (page: Page): Promise<string> =>
  (await page.getByRole("region", { name: "Answer" }).locator("code").first().textContent()) ?? "";

withChromium(
  "a question is typed in rows, shared, and asked from a shell and by SDKs with the same answer",
  async (t) => {
    const { page, context, daemon, remote } = await openConsole(t, EXAMPLE_FILES);
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.goto(daemon.url + PAGE);
    await page.getByRole("button", { name: "Evaluate" }).waitFor();
    t.true(await page.getByRole("button", { name: "Evaluate" }).isDisabled());
    await page.getByLabel("Flag", { exact: true }).selectOption({ label: "theme" });
    await page.getByLabel("Entity id").fill("user-3");
    const property = async (row: number, key: string, value: string): Promise<void> => {
      await page.getByLabel(`Property ${row}`, { exact: true }).fill(key);
      await page.getByLabel(`Value ${row}`, { exact: true }).fill(value);
    };
    await property(1, "country", "de");
    await page.getByRole("button", { name: "Add a property" }).click();
    await property(2, "age", "30");
    await page.getByRole("button", { name: "Add a property" }).click();
    await property(3, "no'te", EVIL);
    await page.getByRole("button", { name: "Add a property" }).click();
    await property(4, "__proto__", "p");
    await page.getByRole("button", { name: "JSON" }).click();
    t.deepEqual(Object.keys(JSON.parse(await page.getByLabel("Context (JSON object)").inputValue())), [
      "country",
      "age",
      "no'te",
      "__proto__",
    ]);
    await page.getByRole("button", { name: "Evaluate" }).click();
    await page.getByText("Rule 1", { exact: true }).waitFor();
    const value = await answered(page);
    const head = (await remote.head()) ?? "";
    await page.getByText(`State ${head.slice(0, 12)}`).waitFor();
    await page
      .getByText(/^default\/features\.yaml:\d+:\d+$/)
      .first()
      .waitFor();
    await page
      .getByRole("link", { name: head.slice(0, 8) })
      .first()
      .waitFor();

    // Somebody else opens the address.
    await page.getByRole("button", { name: "Copy the address of this question" }).click();
    const address: string = await page.evaluate("navigator.clipboard.readText()");
    const other = await context.newPage();
    await other.goto(address);
    await other.getByText("Rule 1", { exact: true }).waitFor();
    t.is(await answered(other), value);
    t.is(await other.getByLabel("Value 3", { exact: true }).inputValue(), EVIL);
    await other.close();

    const curl = await snippet(page, "curl");
    await page.getByRole("button", { name: "Copy this" }).click();
    t.is(await page.evaluate("navigator.clipboard.readText()"), curl);
    const [byCurl, byCommand, explained, byNode, byFeature] = await Promise.all([
      shell(curl),
      shell(await snippet(page, "vexil evaluate")),
      shell(await snippet(page, "vexil explain")),
      module(t, await snippet(page, "Node.js")),
      module(t, await snippet(page, "OpenFeature (Node.js)")),
    ]);
    t.is(JSON.parse(byCurl).variantKey, value);
    t.is(byCommand.split("\n")[0], value);
    t.is(explained.split("\n")[0]?.split(" ")[0], value);
    t.is(byNode, `${value} MATCH_EVALUATION_REASON\n`);
    t.is(byFeature.split(" ")[0], value);
    for (const name of ["Python", "Go", "Java"])
      t.true((await snippet(page, name)).includes(JSON.stringify(EVIL)), name);
    t.is(await page.evaluate("globalThis.harmed"), undefined);
  },
);

withChromium(
  "all flags of a namespace answer in a table, each leads to why, and the past answers as it was",
  async (t) => {
    const { page, daemon, push } = await openConsole(t, EXAMPLE_FILES);
    const changed = (EXAMPLE_FILES[FILE] ?? "").replace(/(key: banner, .*enabled: )true/, "$1false");
    t.not(changed, EXAMPLE_FILES[FILE]);
    const head = await push({ [FILE]: changed });
    await page.goto(`${daemon.url}${PAGE}?all=true&entity=ada`);
    await page.getByText("5 flags", { exact: true }).waitFor();
    const banner = page.getByRole("row").filter({ hasText: "banner" });
    await banner.getByText("false").waitFor();
    await page.getByLabel("State").selectOption({ label: "A revision" });
    await page.getByLabel("Commit, tag, branch or main~3").fill("main~1");
    await page.getByRole("button", { name: "Evaluate" }).click();
    await banner.getByText("true").waitFor();
    await page.getByLabel("Search answers").fill("ban");
    await page.getByText("1 of 5 flags").waitFor();
    await page.getByRole("link", { name: "banner" }).click();
    await page.getByText("The flag", { exact: true }).waitFor();
    t.is(await answered(page), "true");
    t.is(new URL(page.url()).searchParams.get("at"), "main~1");
    const line = await snippet(page, "vexil evaluate");
    t.is((await shell(line)).split("\n")[0], "true");
    t.is(JSON.parse(await shell(await snippet(page, "curl"))).enabled, true);
    await page.getByLabel("As", { exact: true }).selectOption({ label: "Node.js" });
    await page.getByText("SDKs ask what is served now").waitFor();
    await page.getByLabel("State").selectOption({ label: "What is served now" });
    await page.getByRole("button", { name: "Evaluate" }).click();
    await page.getByText(`State ${head.slice(0, 12)}`).waitFor();
    t.is(await answered(page), "false");
  },
);

withChromium("questions are saved by name in the browser, and no more of them than fit", async (t) => {
  const { page, daemon } = await openConsole(t, EXAMPLE_FILES);
  await page.goto(`${daemon.url}${PAGE}?flag=theme&entity=user-3&context=%7B%22country%22%3A%22de%22%7D`);
  await page.getByLabel("Name of this question").fill("<b>Ada</b> in Berlin");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.goto(`${daemon.url}${PLACE}/playground`);
  await page.getByRole("link", { name: "<b>Ada</b> in Berlin" }).click();
  await page.getByText("Rule 1", { exact: true }).waitFor();
  t.is(await page.getByLabel("Entity id").inputValue(), "user-3");
  t.is(await page.getByLabel("Value 1", { exact: true }).inputValue(), "de");
  await page.getByRole("button", { name: "Forget <b>Ada</b> in Berlin" }).click();
  await page.getByRole("link", { name: "<b>Ada</b> in Berlin" }).waitFor({ state: "detached" });
  const one = (at: number) => ({
    name: `Q${at}`,
    environment: "default",
    namespace: "default",
    question: { flag: "a" },
  });
  const full = JSON.stringify([7, { name: 1 }, ...Array.from({ length: 50 }, (_, at) => one(at))]);
  await page.evaluate(`localStorage.setItem("vexil.questions", ${JSON.stringify(full)})`);
  await page.reload();
  await page.getByRole("link", { name: "Q49" }).waitFor();
  await page.getByLabel("Name of this question").fill("One more");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("50 questions are kept at most").waitFor();
  await page.evaluate('localStorage.setItem("vexil.questions", "{broken")');
  await page.reload();
  await page.getByText("Saved questions").waitFor();
});

withChromium(
  "a server that explains nothing gives answer, reason and segments; no secret gets into a snippet",
  async (t) => {
    const token = "a-static-token-of-the-test-0123456789";
    const methods = { token: { enabled: true, storage: { tokens: { ops: { credential: token } } } } };
    const { page, daemon } = await openConsole(t, EXAMPLE_FILES, {
      config: { authentication: { required: true, methods } },
      expected: [/status of 40[14]/],
    });
    for (const path of ["**/openapi.json", "**/evaluate/v1/explain"]) {
      await page.route(path, (route) => route.fulfill({ status: 404, json: { code: 5, message: "Not Found" } }));
    }
    await page.goto(`${daemon.url}${PAGE}?flag=theme&entity=user-3&context=%7B%22country%22%3A%22de%22%7D`);
    await page.getByLabel("Token").fill(token);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByText("Segments that matched:").waitFor();
    await page.getByText("a rule or rollout matched").waitFor();
    await page.getByRole("region", { name: "Answer" }).getByText("germany").waitFor();
    t.is(await page.getByLabel("State").count(), 0);
    for (const { label } of await page.getByLabel("As", { exact: true }).locator("option").evaluateAll(labels)) {
      const text = await snippet(page, label);
      t.false(text.includes(token), label);
      t.true(text.includes("VEXIL_TOKEN"), label);
    }
    const curl = await snippet(page, "curl");
    const { variantKey } = JSON.parse(await shell(curl, { VEXIL_TOKEN: token }));
    t.is(variantKey, await answered(page));
    t.false(page.url().includes(token));
  },
);

const labels = (options: readonly unknown[]): { label: string }[] =>
  options.map((option) => ({ label: (option as { label: string }).label }));

const PAGES: Readonly<Record<string, string>> = {
  "playground-asked": `${PAGE}?flag=theme&entity=user-3&context=%7B%22country%22%3A%22de%22%2C%22age%22%3A%2230%22%7D`,
  "playground-rollout": `${PAGE}?flag=checkout&entity=ada`,
  "playground-all": `${PAGE}?all=true&entity=ada`,
  "playground-hostile": `${PAGE}?flag=banner&entity=${encodeURIComponent(EVIL.repeat(20))}&context=${"x".repeat(3_000)}`,
};

withChromium("the playground can be used by everybody, light and dark, wide and narrow", async (t) => {
  const { page, daemon } = await openConsole(t, EXAMPLE_FILES);
  for (const [name, path] of Object.entries(PAGES)) {
    await showPage(page, daemon.url + path);
    await look(t, page, name);
  }
});
