import { execFile, execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import test from "ava";
import { notedAddress } from "../../../daemon/dist/address-note.js";
import { eventually, type RunningDaemon, runDaemon, VEXIL } from "../helpers/daemon/daemon.js";
import { textOf } from "../helpers/files/manual.js";
import { type Scope, temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { freePort } from "../helpers/network/free-port.js";

async function printed(daemon: RunningDaemon): Promise<string> {
  await daemon.line((line) => String(line.text ?? "").startsWith("Ctrl-C"));
  return daemon.lines.map((line) => String(line.text ?? "")).join("\n");
}

async function start(t: Scope, cwd: string): Promise<{ daemon: RunningDaemon; text: string; url: string }> {
  const port = await freePort();
  const daemon = await runDaemon(t, ["quickstart", "--port", String(port)], { cwd, start: "any" });
  return { daemon, text: await printed(daemon), url: `http://127.0.0.1:${port}` };
}

function vexil(args: readonly string[], cwd: string): Promise<{ readonly code: number; readonly stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [VEXIL, ...args], { cwd }, (error, _stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stderr });
    });
  });
}

async function evaluate(url: string, entityId: string): Promise<boolean> {
  const body = JSON.stringify({ flagKey: "dark-mode", entityId });
  const answer = (await (await fetch(`${url}/evaluate/v1/boolean`, { method: "POST", body })).json()) as {
    enabled: boolean;
  };
  return answer.enabled;
}

test("the quickstart serves an example, follows a push within 5 s, and goes on with its state", async (t) => {
  const cwd = await temporaryDirectory(t);
  const { daemon, text, url } = await start(t, cwd);
  const commands = text
    .split("\n")
    .filter((line) => line.startsWith("  "))
    .map((line) => line.trim());
  t.true(text.includes(`open ${url}/ in a browser`));
  const page = await fetch(`${url}/`, { headers: { accept: "text/html" } });
  t.regex(await page.text(), /<title>Vexil<\/title>/);
  // The README leads through the same commands, and its test runs each of them.
  const readme = textOf("README.md").replaceAll("http://127.0.0.1:8080", url);
  const known = (command: string): boolean => readme.includes(`   ${command.replace(/^vexil/, "npx vexil")}\n`);
  t.true(commands.length >= 10);
  t.deepEqual(
    commands.filter((one) => !one.startsWith("environment ") && !known(one)),
    [],
  );
  const off = "bob";

  // A command of the same folder finds the daemon by itself, one of another by the configuration.
  for (const args of [["status"], ["history", "--limit", "1"], ["evaluate", "dark-mode", "--entity", off]]) {
    t.deepEqual((await vexil(args, cwd)).code, 0, args.join(" "));
  }
  t.is((await vexil(["status", "--config", join(cwd, ".vexil/vexil.yaml")], "/")).code, 0);

  // As a user copies them.
  for (const line of commands.filter((one) => /^(?:sed|git) /.test(one))) {
    execFileSync("sh", ["-c", line], { cwd, stdio: "ignore" });
  }
  await eventually(
    () => evaluate(url, off),
    (enabled) => enabled,
    5_000,
  );

  t.is(await daemon.stop("SIGINT"), 0);
  t.is(daemon.stderr(), "");
  const note = join(cwd, ".vexil/address.json");
  t.false(existsSync(note));
  // One that was killed leaves its note behind: nobody has its process.
  writeFileSync(note, JSON.stringify({ url, pid: daemon.child.pid }));
  t.is(await notedAddress(join(cwd, ".vexil")), undefined);
  // Tokens stay on this machine, whatever a folder from elsewhere says.
  writeFileSync(note, JSON.stringify({ url: "http://flags.example.com", pid: process.pid }));
  t.is(await notedAddress(join(cwd, ".vexil")), undefined);
  writeFileSync(note, JSON.stringify({ url, pid: process.pid }));
  t.is(await notedAddress(join(cwd, ".vexil")), url);
  t.true(readFileSync(join(cwd, ".vexil/vexil.log"), "utf8").includes('"event":"daemon.stopped"'));

  const again = await start(t, cwd);
  t.true(await evaluate(again.url, off));
  t.is(await again.daemon.stop("SIGTERM"), 0);
});

test("a port in use is one clear line that says how to choose another", async (t) => {
  const cwd = await temporaryDirectory(t);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as { port: number };
  const daemon = await runDaemon(t, ["quickstart", "--port", String(port)], { cwd, start: "any" });
  t.is(await daemon.exited, 1);
  t.is(daemon.stderr().trim().split("\n").length, 1);
  t.regex(daemon.stderr(), /in use.*--port/);
});

test("in another folder the printed commands name the configuration of the example there", async (t) => {
  const cwd = await temporaryDirectory(t);
  const port = String(await freePort());
  const daemon = await runDaemon(t, ["quickstart", "--port", port, "--dir", "an example"], { cwd, start: "any" });
  const evaluation = /^ +(?:npx )?vexil (evaluate .*)$/m.exec(await printed(daemon))?.[1] ?? "";
  t.true(evaluation.endsWith(" --config 'an example/vexil.yaml'"), evaluation);
  const answer = execFileSync("sh", ["-c", `"${process.execPath}" "${VEXIL}" ${evaluation}`], {
    cwd,
    encoding: "utf8",
  });
  t.regex(answer, /^false\n/);
});
