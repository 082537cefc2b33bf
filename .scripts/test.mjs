// Runs ava over the compiled tests, then says the result as one plain line: "N passed, N failed"; before it, "N skipped:
// reason" for tests that say they cannot run here (`helpers/runner/skip-unless.ts`). Many tests run real
// servers against deadlines, and a crowded machine may miss one: files with failures are run once more, alone and one
// test after the other. What fails then has failed; a file that passes only then is flaky, and a line "flaky file: …"
// of the summary names it. A run that says nothing for a long time is ended with all that it started, and counts as a
// failure.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Longer than any single test may be silent. */
const SILENCE_MS = 8 * 60_000;

/** Said of files that take less than a second each, most of which goes into loading code. */
const SHORT = "--short";
/** V8 optimizes code later: such a file mostly ends before that would pay, and takes a tenth less of processor time. */
const LAZY = "--node-arguments=--interrupt-budget=1000000";
/** Node of later versions has no such option, or another one. */
const isLazy = process.versions.node.startsWith("20.");

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cli = join(root, "node_modules", "ava", "entrypoints", "cli.mjs");
const tapFaults = new URL("tap-faults.mjs", import.meta.url).href;

/**
 * Reads ava's TAP, line by line.
 * @returns titles of what passed, of what failed, and the reason of each that was skipped
 */
function readTap(lines) {
  const result = { passed: [], failed: [], skipped: new Map() };
  let title;
  for (const line of lines) {
    const [, not, said, directive] = /^(not )?ok \d+ - (.*?)( # (?:SKIP|TODO).*)?$/i.exec(line) ?? [];
    if (said !== undefined) {
      title = said;
      if (directive !== undefined) result.skipped.set(title, "declared so");
      else if (not === undefined) result.passed.push(title);
      else result.failed.push(title);
      continue;
    }
    // A file that ends its process fails all that is pending, in other files too: those go on.
    const exited = /^ {4}message: Exiting due to process\.exit\(\) when running (\S+)$/.exec(line)?.[1];
    if (exited !== undefined && fileOf(title, known) !== exited) result.failed.splice(result.failed.indexOf(title), 1);
    const reason = /^# {3}skipped: (.*)$/.exec(line)?.[1];
    if (reason !== undefined && result.passed.at(-1) === title) {
      result.passed.pop();
      result.skipped.set(title, reason);
    }
  }
  return result;
}

/** One run of ava; resolves to what its tests came to. */
function ava(args) {
  // A process group of its own, so that nothing outlives the run: what a test leaves behind would hold the pipes open.
  const child = spawn(process.execPath, ["--import", tapFaults, cli, "--tap", ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  const end = () => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended.
    }
  };
  const stop = (signal) => {
    end();
    process.exit(signal === "SIGINT" ? 130 : 143);
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
  let hung = false;
  const silence = setTimeout(() => {
    hung = true;
    end();
  }, SILENCE_MS);
  let said = "";
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (chunk) => {
    silence.refresh();
    process.stdout.write(chunk);
    said += chunk;
  });
  return new Promise((resolve) => {
    child.once("exit", end);
    child.once("close", (code) => {
      clearTimeout(silence);
      process.removeListener("SIGINT", stop).removeListener("SIGTERM", stop);
      if (hung) process.stdout.write(`\n# nothing was said for ${SILENCE_MS / 60_000} minutes: the run was ended\n`);
      resolve({ ...readTap(said.split(/\r?\n/)), code: code ?? 1, hung });
    });
  });
}

const known = readdirSync(join(root, "test", "dist"), { recursive: true })
  .map((name) => `test/dist/${name.replaceAll("\\", "/")}`)
  .filter((name) => name.endsWith(".test.js"));

/**
 * The file of a failed test: titles begin with its path, `e2e › faults › …`, less what all files of a run share.
 * @param ran the files that it may be of
 */
function fileOf(title, ran) {
  const named = /test\/dist\/\S+\.test\.js/.exec(title);
  if (named !== null) return named[0];
  if (ran.length === 1) return ran[0];
  const parts = title.split(" › ");
  for (let length = parts.length - 1; length > 0; length -= 1) {
    const end = `/${parts.slice(0, length).join("/")}.test.js`;
    // ava leaves a leading `test-` of a file's name out, too.
    const file = ran.find((name) => name.endsWith(end) || name.replace(/\/test-([^/]+)$/, "/$1").endsWith(end));
    if (file !== undefined) return file;
  }
  return undefined;
}

/** How many of what failed are tests: a file that ended too early is no test. */
function testsIn(failed) {
  return failed.filter((title) => !/\.test\.js exited /.test(title)).length;
}

const given = process.argv.slice(2);
const own = given.filter((argument) => argument !== SHORT);
const first = await ava(own.length < given.length && isLazy ? [...own, LAZY] : own);
let { failed, code } = first;
let passed = first.passed.length;
const skipped = new Map(first.skipped);
const files = [...new Set(first.failed.map((title) => fileOf(title, known)))];
let flaky = [];
if (first.failed.length > 0 && !first.hung && !files.includes(undefined)) {
  process.stdout.write(`\n# once more, alone: ${files.join(" ")}\n`);
  const again = await ava(["--serial", "--concurrency=1", ...files]);
  failed = again.failed;
  code = again.code;
  const bad = new Set(again.failed.map((title) => fileOf(title, files)));
  // Without a title nobody knows which file it was that failed.
  if (!again.hung && (again.code === 0 || (bad.size > 0 && !bad.has(undefined)))) {
    flaky = files.filter((file) => !bad.has(file));
  }
  if (again.code === 0) for (const title of first.failed) process.stdout.write(`# passed alone: ${title}\n`);
  passed += Math.max(0, testsIn(first.failed) - testsIn(again.failed));
}
const failures = code === 0 ? 0 : Math.max(1, failed.length);
const reasons = [...skipped.values()].sort();
process.stdout.write("\n");
for (const file of flaky) process.stdout.write(`flaky file: ${file} (passed only when it was run again)\n`);
for (const reason of new Set(reasons)) {
  process.stdout.write(`${reasons.filter((one) => one === reason).length} skipped: ${reason}\n`);
}
process.stdout.write(`${passed} passed, ${failures} failed\n`);
process.exit(code);
