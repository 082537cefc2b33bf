import { execFile } from "node:child_process";
import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import { runDaemon } from "../helpers/daemon/daemon.js";
import { codeBlocks, ROOT, textOf } from "../helpers/files/manual.js";
import { type Scope, temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { freePort } from "../helpers/network/free-port.js";

/** The example of `npm start`, as the manual's snippets ask it. */
async function quickstart(t: Scope): Promise<{ url: string; cwd: string }> {
  const cwd = await temporaryDirectory(t);
  const port = await freePort();
  const daemon = await runDaemon(t, ["quickstart", "--port", String(port)], { cwd, start: "any" });
  await daemon.line((line) => String(line.text ?? "").startsWith("Ctrl-C"));
  return { url: `http://127.0.0.1:${port}`, cwd };
}

test("the manual is served below /docs, by a policy without scripts, and links lead on behind a proxy", async (t) => {
  const { url } = await quickstart(t);
  const bare = await fetch(`${url}/docs`, { redirect: "manual" });
  t.is(bare.status, 307);
  t.is(bare.headers.get("Location"), "docs/");
  const page = await fetch(`${url}/docs/configuration-keys`);
  const text = await page.text();
  t.is(page.status, 200);
  t.is(page.headers.get("Content-Type"), "text/html; charset=utf-8");
  t.regex(
    page.headers.get("Content-Security-Policy") ?? "",
    /^default-src 'none'; style-src 'self'; img-src 'self' data:;/,
  );
  t.true(text.includes("storage.&lt;id&gt;.poll_interval"));
  t.deepEqual(
    [...text.matchAll(/(?:href|src)="\//g)].map(([found]) => found),
    [],
  );
  const [, style = ""] = /href="(assets\/style-[^"]+)"/.exec(text) ?? [];
  t.is((await fetch(`${url}/docs/${style}`)).headers.get("Content-Type"), "text/css; charset=utf-8");
  t.is((await fetch(`${url}/docs/console.png`)).status, 404);
  t.is((await fetch(`${url}/docs/assets/console.png`)).headers.get("Content-Type"), "image/png");
  for (const path of [
    "docs/nothing",
    "docs/../package.json",
    "docs/%2e%2e/package.json",
    "docs/assets/../../build.mjs",
  ]) {
    t.is((await fetch(`${url}/${path}`)).status, 404, path);
  }
  const again = await fetch(`${url}/docs/`, {
    headers: { "If-None-Match": (await fetch(`${url}/docs/`)).headers.get("ETag") ?? "" },
  });
  t.is(again.status, 304);
});

test("each curl on the page of SDKs is answered by what stands below it", async (t) => {
  const { url, cwd } = await quickstart(t);
  const [, section = ""] = /^## Without an SDK\n([\s\S]*?)^## /m.exec(textOf("daemon/docs/sdks.md")) ?? [];
  const shown = [...section.matchAll(/^```sh\n([\s\S]*?)^```\n\n→ `([^`]+)`/gm)];
  t.is(shown.length, 2);
  for (const { 1: commands = "", 2: answer = "" } of shown) {
    for (const command of commands.trim().split("\n")) {
      const { stdout } = await promisify(execFile)("sh", ["-c", command.replace("http://127.0.0.1:8080", url)], {
        cwd,
      });
      t.true(stdout.includes(answer), `${command}\n${stdout}`);
    }
  }
});

test("several changes at once, by the curl on the page of writes, are one commit", async (t) => {
  const { url, cwd } = await quickstart(t);
  const { code } = codeBlocks("daemon/docs/writes.md").find((block) => block.code.includes("/changes")) ?? { code: "" };
  const command = code.replace("http://127.0.0.1:8080", url);
  const { stdout } = await promisify(execFile)("sh", ["-c", command], { cwd });
  t.regex(stdout, /^\{"revision":"[0-9a-f]{40}"\}/);
  const flags = await fetch(`${url}/api/v1/namespaces/shop/flags`);
  t.regex(await flags.text(), /"key":"wine"/);
  const again = await promisify(execFile)("sh", ["-c", command], { cwd });
  t.is(again.stdout, stdout, "sent again, it changes nothing");
});

test("each snippet of JavaScript on the page of SDKs prints what stands beside it", async (t) => {
  const { url, cwd } = await quickstart(t);
  await symlink(join(ROOT, "node_modules"), join(cwd, "node_modules"));
  // Browsers have it, Node 20 does not.
  await writeFile(
    join(cwd, "browser.mjs"),
    `import { EventSource } from "undici";\nglobalThis.EventSource ??= EventSource;\n`,
  );
  const shown = codeBlocks("daemon/docs/sdks.md").filter(({ kind }) => kind.split(" ")[0] === "js");
  t.is(shown.length, 4);
  const runs = shown.map(async ({ place, kind, code }, at) => {
    const expected = [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(({ 1: value }) => value);
    t.true(expected.length > 0, place);
    await writeFile(join(cwd, `snippet-${at}.mjs`), code.replaceAll("http://127.0.0.1:8080", url));
    const before = kind === "js browser" ? ["--import", "./browser.mjs"] : [];
    const { stdout } = await promisify(execFile)(process.execPath, [...before, `snippet-${at}.mjs`], { cwd });
    t.deepEqual(stdout.trim().split("\n"), expected, place);
  });
  await Promise.all(runs);
});
