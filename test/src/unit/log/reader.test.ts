import { spawn } from "node:child_process";
import { appendFile, rename, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test, { type ExecutionContext } from "ava";
import { temporaryDirectory } from "../../helpers/temporary-directory.js";

const VEXIL = fileURLToPath(new URL("../../../../daemon/bin/vexil.js", import.meta.url));

const line = (level: string, event: string, more: object = {}, time = new Date()): string =>
  `${JSON.stringify({ level, time: time.toISOString(), event, ...more, message: `text of ${event}` })}\n`;

/** `vexil logs` with these arguments; `until` waits for what it prints. */
function logs(t: ExecutionContext, args: readonly string[], input = "") {
  const child = spawn(process.execPath, [VEXIL, "logs", ...args], { stdio: ["pipe", "pipe", "pipe"] });
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
      const timer = setTimeout(() => reject(new Error(`"${wanted}" was not printed, but:\n${out}${error}`)), 20_000);
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
  line("error", "storage.failed", { storage: "other" }),
  `<3>${line("error", "rebuild.failed", { storage: "main" })}`,
  `${JSON.stringify({ L: "warn", T: new Date().toISOString(), event: "config.warning", M: "renamed keys" })}\n`,
  "a line that is no JSON\n",
].join("");

const events = (out: string): readonly string[] => out.match(/[a-z]+\.[a-z]+(?= (?:text of|renamed keys))/g) ?? [];

test("a recorded log is printed for people: filters apply together, and without one every line passes", async (t) => {
  const file = join(await temporaryDirectory(t), "vexil.log");
  await writeFile(file, RECORDED);
  const cases: readonly [readonly string[], readonly string[], boolean][] = [
    [
      [],
      ["daemon.ready", "fetch.succeeded", "fetch.failed", "storage.failed", "rebuild.failed", "config.warning"],
      true,
    ],
    [["--level", "WARN"], ["fetch.failed", "storage.failed", "rebuild.failed", "config.warning"], false],
    [["--event", "fetch.failed"], ["fetch.failed"], false],
    [["--event", "fetch.*"], ["fetch.succeeded", "fetch.failed"], false],
    [["--storage", "main", "--level", "error"], ["rebuild.failed"], false],
    [
      ["--since", "30m", "--level", "info"],
      ["fetch.failed", "storage.failed", "rebuild.failed", "config.warning"],
      false,
    ],
    [["--since", new Date(OLD.getTime() - 1000).toISOString(), "--event", "daemon.ready"], ["daemon.ready"], false],
  ];
  await Promise.all(
    cases.map(async ([args, expected, plain]) => {
      const { out, code } = await logs(t, [file, ...args]).ended;
      t.deepEqual(events(out), expected, args.join(" "));
      t.is(out.includes("a line that is no JSON"), plain);
      t.false(out.includes("\u001b"), "colours belong to terminals");
      t.is(code, 0);
    }),
  );
});

test("- reads stdin", async (t) => {
  const { out } = await logs(t, ["-", "--event", "storage.failed"], RECORDED).ended;
  t.deepEqual(events(out), ["storage.failed"]);
});

test("a missing file, an unknown level and a wrong time are errors that name it", async (t) => {
  const cases: readonly [readonly string[], RegExp][] = [
    [["/nowhere/vexil.log"], /^Error: \/nowhere\/vexil\.log: no such file\n$/],
    [["-", "--level", "loud"], /^Error: unknown level "loud" \(trace, debug, info, warn, error, fatal\)\n$/],
    [["-", "--since", "tomorrow"], /^Error: --since "tomorrow" is neither/],
  ];
  await Promise.all(
    cases.map(async ([args, expected]) => {
      const { error, code } = await logs(t, args).ended;
      t.regex(error, expected);
      t.is(code, 1);
    }),
  );
});

test("following survives rotation by rename and by truncation", async (t) => {
  const file = join(await temporaryDirectory(t), "vexil.log");
  await writeFile(file, line("info", "one.first"));
  const follow = logs(t, [file, "--follow"]);
  await follow.until("text of one.first");
  await appendFile(file, line("info", "one.second").slice(0, 20));
  await appendFile(file, line("info", "one.third").slice(0, 0));
  await appendFile(file, line("info", "one.second").slice(20));
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
