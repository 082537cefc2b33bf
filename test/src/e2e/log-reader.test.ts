import { spawn } from "node:child_process";
import { appendFile, rename, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import test, { type ExecutionContext } from "ava";
import type { LogFilter } from "../../../daemon/dist/logs/log-line.js";
import { printLog } from "../../../daemon/dist/logs/print-log.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";

const VEXIL = fileURLToPath(new URL("../../../daemon/bin/vexil.js", import.meta.url));

const line = (level: string, event: string, more: object = {}, time = new Date()): string =>
  `${JSON.stringify({ level, time: time.toISOString(), event, ...more, message: `text of ${event}` })}\n`;

/** `vexil logs` with these arguments; `until` waits for what it prints. */
function logs(t: ExecutionContext, args: readonly string[], input = "", env = process.env) {
  const child = spawn(process.execPath, [VEXIL, "logs", ...args], { stdio: ["pipe", "pipe", "pipe"], env });
  t.teardown(() => child.kill("SIGKILL"));
  let out = "";
  let error = "";
  const waiting = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    for (const look of waiting) look();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    error += text;
  });
  child.stdin.end(input);
  const ended = new Promise<{ out: string; error: string; code: number | null }>((resolve) =>
    child.once("close", (code) => resolve({ out, error, code })),
  );
  const until = (wanted: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`"${wanted}" was not printed, but:\n${out}${error}`)), 50_000);
      const look = (): void => {
        if (!out.includes(wanted)) return;
        clearTimeout(timer);
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { ended, until, stop: () => child.kill("SIGINT") };
}

const OLD = new Date(Date.now() - 2 * 3600_000);
const RECORDED = [
  line("info", "daemon.ready", { url: "http://127.0.0.1:1" }, OLD),
  line("debug", "fetch.succeeded", { storage: "main" }),
  line("warn", "fetch.failed", { storage: "main" }),
  line("error", "storage.failed", { storage: "other", actor: 7 }),
  line("info", "write.committed", { storage: "main", actor: "token:ci-1" }),
  line("info", "auth.login", { actor: "oidc:ada" }),
  `<3>${line("error", "rebuild.failed", { storage: "main" })}`,
  `${JSON.stringify({ L: "warn", T: new Date().toISOString(), event: "config.warning", M: "renamed keys" })}\n`,
  "a line that is no JSON\n",
].join("");

const events = (out: string): readonly string[] => out.match(/[a-z]+\.[a-z]+(?= (?:text of|renamed keys))/g) ?? [];

async function printed(filter: LogFilter): Promise<string> {
  let out = "";
  // In pieces that end within lines and characters.
  const pieces = RECORDED.replace("no JSON", "no JSON ü").match(/[\s\S]{1,7}/g) ?? [];
  const bytes = pieces.map((piece) => Buffer.from(piece));
  const write = (text: string): void => {
    out += text;
  };
  await printLog(Readable.from(bytes) as AsyncIterable<Uint8Array>, { filter, colors: false, write });
  return out;
}

const FILTERS: readonly [LogFilter, readonly string[]][] = [
  [{ level: "warn" }, ["fetch.failed", "storage.failed", "rebuild.failed", "config.warning"]],
  [{ event: "fetch.failed" }, ["fetch.failed"]],
  [{ event: "fetch.*" }, ["fetch.succeeded", "fetch.failed"]],
  [{ storage: "main", level: "error" }, ["rebuild.failed"]],
  [{ since: Date.now() - 60_000, level: "error" }, ["storage.failed", "rebuild.failed"]],
  [{ actor: "token:ci-1" }, ["write.committed"]],
  [{ actor: "token:ci" }, []],
  [{ actor: "oidc:*" }, ["auth.login"]],
  [{ actor: "*", storage: "main" }, ["write.committed"]],
  [{ since: OLD.getTime(), event: "daemon.ready" }, ["daemon.ready"]],
];

test("filters apply together; without one every line passes, JSON or not", async (t) => {
  for (const [filter, expected] of FILTERS) {
    const out = await printed(filter);
    t.deepEqual(events(out), expected, JSON.stringify(filter));
    t.false(out.includes("no JSON"));
  }
  const all = await printed({});
  t.is(events(all).length, 8);
  t.true(all.includes("a line that is no JSON ü\n"));
  t.false(all.includes("<3>"));
});

test("a file is printed without colours where there is no terminal; a missing one is an error that names it", async (t) => {
  const file = join(await temporaryDirectory(t), "vexil.log");
  await writeFile(file, RECORDED);
  const { out, code } = await logs(t, [file, "--level", "ERROR", "--since", "30m"]).ended;
  t.deepEqual(events(out), ["storage.failed", "rebuild.failed"]);
  t.false(out.includes("\u001b"));
  t.is(code, 0);
  const missing = await logs(t, [`${file}.nope`]).ended;
  t.is(missing.error, `Error: ${file}.nope: no such file\n`);
  t.is(missing.code, 1);
});

test("stdin is read for -; an unknown level and a wrong time are errors that name it", async (t) => {
  const { out } = await logs(t, ["-", "--event", "storage.failed"], RECORDED).ended;
  t.deepEqual(events(out), ["storage.failed"]);
  t.deepEqual(events((await logs(t, ["-", "--actor", "token:*"], RECORDED).ended).out), ["write.committed"]);
  const level = await logs(t, ["-", "--level", "loud"]).ended;
  t.is(level.error, 'Error: unknown level "loud" (trace, debug, info, warn, error, fatal)\n');
  t.is(level.code, 1);
  t.regex((await logs(t, ["-", "--since", "tomorrow"]).ended).error, /^Error: --since "tomorrow" is neither/);
});

test("following survives rotation by rename and by truncation", async (t) => {
  const file = join(await temporaryDirectory(t), "vexil.log");
  await writeFile(file, line("info", "one.first"));
  const follow = logs(t, [file, "--follow"]);
  await follow.until("text of one.first");
  const second = line("info", "one.second");
  await appendFile(file, second.slice(0, 20));
  await appendFile(file, second.slice(20));
  await follow.until("text of one.second");
  await rename(file, `${file}.1`);
  await appendFile(`${file}.1`, line("info", "two.late"));
  await writeFile(file, line("info", "two.first"));
  await follow.until("text of two.late");
  await follow.until("text of two.first");
  await truncate(file, 0);
  await appendFile(file, line("info", "three.a"));
  await follow.until("text of three.a");
  follow.stop();
  const { code, out } = await follow.ended;
  t.is(code, 0);
  t.deepEqual(events(out), ["one.first", "one.second", "two.late", "two.first", "three.a"]);
});

test("without a file and without a journal the error says what to name instead", async (t) => {
  const { code, error } = await logs(t, [], "", { PATH: "/nowhere" }).ended;
  t.is(code, 1);
  t.is(
    error,
    "Error: the journal of vexil.service cannot be read (journalctl is not installed); name a FILE, or - for stdin\n",
  );
});
