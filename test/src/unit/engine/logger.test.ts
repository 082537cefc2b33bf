import { spawnSync } from "node:child_process";
import { closeSync, existsSync, fstatSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LogConfig } from "@vexil/config/config";
import { redactText } from "@vexil/config/redact";
import { createLogger } from "@vexil/engine/observe/logger";
import { Secret } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import test from "ava";
import { temporaryDirectory } from "../../helpers/files/temporary-directory.js";
import { missingPrograms, skipUnless } from "../../helpers/runner/skip-unless.js";

const KEYS = { time: "time", level: "level", message: "message" };

function start(config: Partial<LogConfig> = {}) {
  const lines: string[] = [];
  const log: LogConfig = { level: "info", encoding: undefined, file: undefined, keys: KEYS, ...config };
  const logger = createLogger(log, { write: (line) => lines.push(line) });
  return { logger, lines, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test("a line is one JSON object with time, level, event, fields and message", (t) => {
  const { logger, lines, parsed } = start();
  logger.log("warn", "fetch.failed", "remote could not be polled", { storage: "main", n: 1, none: undefined });
  const [line] = parsed();
  t.regex(String(line?.time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  t.deepEqual(
    { ...line, time: "" },
    {
      time: "",
      level: "warn",
      event: "fetch.failed",
      storage: "main",
      n: 1,
      message: "remote could not be polled",
    },
  );
  t.true(lines[0]?.endsWith("}\n"));
  t.is(lines[0]?.split("\n").length, 2);
});

test("log.keys renames time, level and message; fields of those names do not overwrite them", (t) => {
  const { logger, parsed } = start({ keys: { time: "T", level: "L", message: "M" } });
  logger.log("info", "a.b", "text", { T: 1, event: "x" });
  t.like(parsed()[0], { L: "info", event: "a.b", M: "text", field_T: 1, field_event: "x" });
});

test("the level counts for children too and may be changed at any time", (t) => {
  const { logger, parsed } = start();
  const child = logger.child({ storage: "main" }).child({ environment: "prod" });
  child.log("debug", "a.b", "hidden");
  logger.level = "debug";
  child.log("debug", "a.b", "shown");
  logger.level = "error";
  child.log("warn", "a.b", "hidden");
  t.deepEqual(
    parsed().map(({ message, storage, environment }) => [message, storage, environment]),
    [["shown", "main", "prod"]],
  );
});

test("no secret reaches a line: Secrets, what URLs hold of them, errors and nested values", (t) => {
  const { logger, lines } = start();
  const url = "https://user:canary@host.example/path?token=canary#x";
  logger.log("error", "a.b", "text", {
    secret: new Secret("canary"),
    nested: { list: [new Secret("canary"), url], map: new Map([["k", url]]), set: new Set([url]) },
    url,
    text: `git clone ${url} failed`,
    error: new VexilError("VEXIL_CONNECTION_DNS", `no ${url}`),
    plain: new Error(url),
  });
  t.false(lines.join("").includes("canary"), lines.join(""));
  t.like(JSON.parse(lines[0] ?? ""), {
    secret: "[redacted]",
    url: "https://host.example/path#x",
    error: { code: "VEXIL_CONNECTION_DNS", message: "no https://host.example/path#x" },
  });
});

test("texts without URLs stay as they are", (t) => {
  for (const text of ["a@b.c", "git@host:path", "x?y=1", "", "://"]) t.is(redactText(text), text);
  t.is(redactText("ssh://git@h:22/p, http://a/b?c=d"), "ssh://h:22/p, http://a/b");
});

test("log.file is appended to, and opened again after it was moved away; a wrong one stops the start", async (t) => {
  const directory = await temporaryDirectory(t);
  const file = join(directory, "vexil.log");
  const logger = createLogger({ level: "info", encoding: undefined, file, keys: KEYS });
  logger.log("info", "a.b", "one");
  renameSync(file, `${file}.1`);
  logger.reopen();
  logger.log("info", "a.b", "two");
  await logger.end();
  t.regex(readFileSync(`${file}.1`, "utf8"), /"one"/);
  t.regex(readFileSync(file, "utf8"), /"two"/);
  t.throws(() => createLogger({ level: "info", encoding: undefined, file: join(directory, "no/x"), keys: KEYS }), {
    code: "VEXIL_VALIDATION_CONFIG",
    message: /log\.file: cannot write .*ENOENT/,
  });
});

const LOGGER = fileURLToPath(import.meta.resolve("@vexil/engine/observe/logger"));
const program = (encoding: LogConfig["encoding"]): string => `
import { createLogger } from ${JSON.stringify(LOGGER)};
const logger = createLogger({ level: "trace", encoding: ${JSON.stringify(encoding)}, file: undefined, keys: { time: "time", level: "level", message: "message" } }, { env: process.env });
for (const level of ["trace", "debug", "info", "warn", "error", "fatal"]) logger.log(level, "a.b", "text");
`;

test("stdout gets journal priorities only when it is the journal's own device and inode; stderr stays empty", async (t) => {
  const directory = await temporaryDirectory(t);
  const run = (name: string, journal: (file: number) => string): { out: string; error: string } => {
    const path = join(directory, name);
    const file = openSync(path, "w");
    const { stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program(undefined)], {
      stdio: ["ignore", file, "pipe"],
      env: { ...process.env, JOURNAL_STREAM: journal(file) },
    });
    return { out: readFileSync(path, "utf8"), error: String(stderr) };
  };
  const own = run("own", (file) => {
    const { dev, ino } = fstatSync(file, { bigint: true });
    return `${dev}:${ino}`;
  });
  t.deepEqual(
    own.out
      .trim()
      .split("\n")
      .map((line) => line.slice(0, 4)),
    ["<7>{", "<7>{", "<6>{", "<4>{", "<3>{", "<2>{"],
  );
  const other = run("other", () => "1:1");
  t.is(other.out.trim().split("\n").length, 6);
  for (const line of other.out.trim().split("\n")) t.notThrows(() => JSON.parse(line));
  t.is(own.error + other.error, "");
});

test("what goes to a pipe is JSON whatever log.encoding says", (t) => {
  for (const encoding of [undefined, "console", "json"] as const) {
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program(encoding)], {
      encoding: "utf8",
    });
    const levels = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).level);
    t.deepEqual(levels, ["trace", "debug", "info", "warn", "error", "fatal"]);
  }
});

test("a terminal gets readable lines, unless log.encoding is json", async (t) => {
  if (skipUnless(t, missingPrograms("script"))) return;
  const directory = await temporaryDirectory(t);
  const onTerminal = (encoding: LogConfig["encoding"]): string => {
    const file = join(directory, `${encoding}.mjs`);
    writeFileSync(file, program(encoding));
    const { stdout } = spawnSync("script", ["-qec", `'${process.execPath}' '${file}'`, "/dev/null"], {
      encoding: "utf8",
    });
    return stdout;
  };
  for (const encoding of [undefined, "console"] as const) {
    const shown = onTerminal(encoding);
    t.regex(shown, /WARN.*a\.b text/);
    t.false(shown.includes('{"level"'));
  }
  const json = onTerminal("json").trim().split(/\r?\n/);
  t.is(JSON.parse(json[3] ?? "").level, "warn");
});

const FULL = "/dev/full";

test("a full disk loses lines of the log, and neither stops the process nor keeps it from stopping", (t) => {
  if (skipUnless(t, existsSync(FULL) ? undefined : `no ${FULL} here`)) return;
  const lines = (file: string | undefined): string => `
import { setTimeout } from "node:timers/promises";
import { createLogger } from ${JSON.stringify(LOGGER)};
const keys = { time: "time", level: "level", message: "message" };
const logger = createLogger({ level: "trace", encoding: undefined, file: ${JSON.stringify(file)}, keys });
for (let line = 0; line < 20; line += 1) {
  logger.log(line % 2 === 0 ? "info" : "fatal", "a.b", "text");
  await setTimeout(5);
}
await logger.end();
process.exit(7);
`;
  const stdout = openSync(FULL, "w");
  for (const [file, out] of [
    [FULL, "pipe"],
    [undefined, stdout],
  ] as const) {
    const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", lines(file)], {
      stdio: ["ignore", out, "pipe"],
      encoding: "utf8",
      timeout: 45_000,
    });
    t.is(status, 7, stderr);
    t.is(stderr, "");
  }
  closeSync(stdout);
});
