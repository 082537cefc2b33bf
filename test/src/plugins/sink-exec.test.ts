import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Sink, VexilError } from "@vexil/plugin-api";
import { flagChange, RecordingLogger } from "@vexil/plugin-api/testing";
import exec from "@vexil/sink-exec";
import { execSettings } from "@vexil/sink-exec/settings";
import test, { type ExecutionContext } from "ava";
import { eventually } from "../helpers/daemon/daemon.js";
import { type Scope, temporaryDirectory } from "../helpers/files/temporary-directory.js";

const { signal } = new AbortController();

/** A sink whose command is a script in a directory of its own. */
async function scripted(t: Scope, script: string, more: Readonly<Record<string, unknown>> = {}) {
  const directory = await temporaryDirectory(t);
  const command = join(directory, "on-change");
  await writeFile(command, `#!/bin/sh\n${script}\n`);
  await chmod(command, 0o755);
  const { sink, logger } = await opened({ command: [command, "an argument"], directory, ...more });
  t.teardown(() => sink.close());
  const read = (name: string): Promise<string> => readFile(join(directory, name), "utf8").catch(() => "");
  return { sink, logger, directory, read };
}

async function opened(settings: Readonly<Record<string, unknown>>): Promise<{ sink: Sink; logger: RecordingLogger }> {
  const logger = new RecordingLogger();
  const context = { sink: { name: "deploy" }, configDirectory: "/", logger, redact: () => {}, signal };
  return { sink: await exec.create(execSettings.parse(settings), context), logger };
}

async function failure(t: ExecutionContext, work: Promise<void>): Promise<VexilError> {
  const error = await t.throwsAsync(work);
  if (!VexilError.is(error)) throw new Error(`no VexilError: ${error}`);
  return error;
}

const isAlive = (pid: string): boolean => {
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch {
    return false;
  }
};

test("a command reads the event as one line of JSON, in its directory, with its arguments as they are", async (t) => {
  const script = 'cat > event; pwd > place; printf "%s|" "$#" "$@" > arguments';
  const { sink, read, directory } = await scripted(t, script);
  const event = flagChange("one", { subject: "a\nb $(id) `id`" });
  await sink.deliver([event], { signal });
  const text = await read("event");
  t.is(text, `${JSON.stringify(event)}\n`);
  t.is((await read("place")).trim(), directory);
  t.is(await read("arguments"), "1|an argument|");
});

test("0 takes an event, 65 refuses it for good, and all else, a signal among it, has it tried again", async (t) => {
  const statuses: Readonly<Record<string, string | undefined>> = {
    "exit 0": undefined,
    "exit 65": "VEXIL_REFUSED_EVENT",
    "exit 75": "VEXIL_UNAVAILABLE_SINK",
    "exit 1": "VEXIL_UNAVAILABLE_SINK",
    "kill -9 $$": "VEXIL_UNAVAILABLE_SINK",
  };
  for (const [script, code] of Object.entries(statuses)) {
    const { sink } = await scripted(t, script);
    const delivering = sink.deliver([flagChange("one", { subject: "x".repeat(1_000_000) })], { signal });
    if (code === undefined) await t.notThrowsAsync(delivering, "also where it has read nothing of a long event");
    else t.is<string, string>((await failure(t, delivering)).code, code, script);
  }
  const { sink } = await opened({ command: ["/nowhere/at-all"] });
  t.regex((await failure(t, sink.deliver([flagChange("one")], { signal }))).message, /cannot be started: ENOENT/);
  const gone = await opened({ command: ["/bin/true"], directory: "/nowhere/at-all" });
  t.is((await failure(t, gone.sink.deliver([flagChange("one")], { signal }))).code, "VEXIL_UNAVAILABLE_SINK");
});

test("it gets the variables that are named and no others, and no open file of the daemon's", async (t) => {
  // As a service manager hands over a socket: open in every child that is not told otherwise.
  const directory = await temporaryDirectory(t);
  const handed = await open(join(directory, "handed"), "w");
  t.teardown(() => handed.close());
  const host = join(directory, "host.mjs");
  const script =
    'env > variables; for n in 0 1 2 3 4 5 6 7 8 9; do [ -e /proc/$$/fd/$n ] && f="$f $n"; done; echo $f > files';
  await writeFile(
    host,
    `import exec from ${JSON.stringify(import.meta.resolve("@vexil/sink-exec"))};
     import { execSettings } from ${JSON.stringify(import.meta.resolve("@vexil/sink-exec/settings"))};
     const settings = { command: ["/bin/sh", "-c", ${JSON.stringify(script)}], directory: ${JSON.stringify(directory)}, environment: ["LANG", "ABSENT"] };
     const context = { sink: { name: "deploy" }, configDirectory: "/", logger: { log() {} }, redact() {}, signal: new AbortController().signal };
     const sink = await exec.create(execSettings.parse(settings), context);
     await sink.deliver([{ id: "x" }], context);
     await sink.close();`,
  );
  const own = { VEXIL_SECRET: "canary", CREDENTIALS_DIRECTORY: "/run/x", NOTIFY_SOCKET: "@x", LANG: "C.UTF-8" };
  const child = spawn(process.execPath, [host], {
    env: { PATH: process.env.PATH, ...own },
    stdio: ["ignore", "ignore", "inherit", handed.fd, handed.fd],
  });
  t.deepEqual(await once(child, "exit"), [0, null]);
  const names = (await readFile(join(directory, "variables"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => line.split("=")[0]);
  // The shell's own ones come from the shell.
  t.deepEqual(names.filter((name) => !["PWD", "OLDPWD", "SHLVL", "_"].includes(name ?? "")).sort(), ["LANG", "PATH"]);
  t.is(await readFile(join(directory, "files"), "utf8"), "0 1 2\n");
});

test("one that takes too long is ended with all that it started, though it ignores SIGTERM", async (t) => {
  const script = "trap '' TERM; sleep 600 & echo $! > inner; echo $$ > outer; wait; sleep 600";
  const { sink, read, logger } = await scripted(t, script, { timeout: "300ms" });
  const began = flagChange("one");
  const error = await failure(t, sink.deliver([began], { signal }));
  t.is(error.code, "VEXIL_UNAVAILABLE_SINK");
  t.regex(error.message, /did not end within 300 ms/);
  t.true(logger.text().includes("command.overdue"));
  for (const name of ["inner", "outer"]) {
    const pid = (await read(name)).trim();
    t.regex(pid, /^\d+$/);
    await eventually(
      async () => isAlive(pid),
      (alive) => !alive,
    );
  }
});

test("one that is called off just before its time is over has no more time than any other that is", async (t) => {
  const script = "trap '' TERM; echo $$ > outer; while :; do sleep 1; done";
  const { sink, read } = await scripted(t, script, { timeout: "1s" });
  const off = new AbortController();
  const began = performance.now();
  const ended = failure(t, sink.deliver([flagChange("one")], { signal: off.signal }));
  await eventually(
    () => read("outer"),
    (text) => text !== "",
  );
  off.abort();
  t.regex((await ended).message, /was called off/);
  t.true(performance.now() - began < 4_500, "the daemon does not wait for it any longer");
});

test("what a command leaves running in its group ends with it, and does not hold it up", async (t) => {
  const { sink, read } = await scripted(t, "sleep 600 & echo $! > inner; exit 0", { timeout: "200s" });
  await sink.deliver([flagChange("one")], { signal });
  const pid = (await read("inner")).trim();
  t.regex(pid, /^\d+$/);
  await eventually(
    async () => isAlive(pid),
    (alive) => !alive,
  );
});

test("closing ends the command that runs, and none begins afterwards", async (t) => {
  const { sink, read } = await scripted(t, "echo $$ >> started; sleep 600", { timeout: "200s" });
  const first = failure(t, sink.deliver([flagChange("one")], { signal }));
  const second = failure(t, sink.deliver([flagChange("two")], { signal }));
  await eventually(
    () => read("started"),
    (text) => text !== "",
  );
  await sink.close();
  t.is((await first).code, "VEXIL_UNAVAILABLE_SINK");
  t.is((await second).code, "VEXIL_UNAVAILABLE_SINK");
  const pids = (await read("started")).trim().split("\n");
  t.is(pids.length, 1);
  t.false(isAlive(pids[0] ?? ""));
});

test("one that is called off is gone before the next begins", async (t) => {
  // The trap first: called off between the two, it would leave what it has made.
  const script =
    "trap 'rmdir busy; exit 1' TERM; mkdir busy || { echo two >> together; exit 1; }; sleep 0.2; rmdir busy";
  const { sink, read } = await scripted(t, script);
  for (let round = 0; round < 5; round += 1) {
    const off = new AbortController();
    const first = sink.deliver([flagChange("one")], { signal: off.signal }).catch(() => undefined);
    setTimeout(() => off.abort(), 20 * round);
    await Promise.all([first, sink.deliver([flagChange("two")], { signal })]);
  }
  t.is(await read("together"), "");
});

test("of what it writes to its standard error the log has the beginning; no end of it fills the memory", async (t) => {
  const { sink, logger } = await scripted(t, "echo begin >&2; head -c 50000000 /dev/zero | tr '\\0' x >&2; exit 3");
  const error = await failure(t, sink.deliver([flagChange("one")], { signal }));
  t.notRegex(error.message, /begin/);
  t.regex(logger.text(), /begin/);
  t.true(logger.text().length < 10_000);
});

test("settings name what is wrong: no program, a relative one, the daemon's own variables, a time beyond the limit", async (t) => {
  const faults = (settings: Readonly<Record<string, unknown>>): readonly string[] =>
    (execSettings.safeParse(settings).error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
  t.deepEqual(faults({}), ["command: non-empty value is required"]);
  t.deepEqual(faults({ command: ["on-change"] }), ['command: "on-change" is no absolute path of a program']);
  const own = ["VEXIL_TOKEN", "FLIPT_X", "CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET", "LISTEN_FDS", "NODE_OPTIONS"];
  for (const name of own) {
    t.deepEqual(faults({ command: ["/bin/true"], environment: [name] }), [
      `environment: ${name} is the daemon's own, and given to no command`,
    ]);
  }
  t.is(faults({ command: ["/bin/true"], timeout: "5m" }).length, 1);
  t.is(faults({ command: ["/bin/true", "a\0b"] }).length, 1);
});
