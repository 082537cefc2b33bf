// Runs ava over the compiled tests, then says the result as one plain line: "N passed, N failed". Many tests run real
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

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cli = join(root, "node_modules", "ava", "entrypoints", "cli.mjs");

/** One run of ava; resolves to its counts and the titles of what failed. */
function ava(args) {
  // A process group of its own, so that nothing outlives the run: what a test leaves behind would hold the pipes open.
  const child = spawn(process.execPath, [cli, "--tap", ...args], {
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
  const result = { passed: 0, failed: [], code: 1, hung: false };
  const silence = setTimeout(() => {
    result.hung = true;
    end();
  }, SILENCE_MS);
  let rest = "";
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (chunk) => {
    silence.refresh();
    process.stdout.write(chunk);
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (/^ok \d+/.test(line) && !/# (SKIP|TODO)/i.test(line)) result.passed += 1;
      const failure = /^not ok \d+ - (.*)$/.exec(line);
      if (failure !== null) result.failed.push(failure[1]);
    }
  });
  return new Promise((resolve) => {
    child.once("exit", end);
    child.once("close", (code) => {
      clearTimeout(silence);
      process.removeListener("SIGINT", stop).removeListener("SIGTERM", stop);
      if (result.hung)
        process.stdout.write(`\n# nothing was said for ${SILENCE_MS / 60_000} minutes: the run was ended\n`);
      resolve({ ...result, code: code ?? 1 });
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

const first = await ava(process.argv.slice(2));
let { passed, failed, code } = first;
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
  if (again.code === 0) {
    passed += first.failed.length;
    for (const title of first.failed) process.stdout.write(`# passed alone: ${title}\n`);
  } else {
    passed += Math.max(0, first.failed.length - again.failed.length);
  }
}
const failures = code === 0 ? 0 : Math.max(1, failed.length);
process.stdout.write("\n");
for (const file of flaky) process.stdout.write(`flaky file: ${file} (passed only when it was run again)\n`);
process.stdout.write(`${passed} passed, ${failures} failed\n`);
process.exit(code);
