import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { eventually, VEXIL } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";

const FLAGS = `version: "1.6"
namespace: default
flags:
  - key: dark-mode
    name: Dark mode
    type: BOOLEAN_FLAG_TYPE
    enabled: false
    rollouts:
      - segment: { key: beta, value: true }
      - threshold: { percentage: 50, value: true }
  - key: theme
    name: Theme
    type: VARIANT_FLAG_TYPE
    enabled: true
    variants:
      - { key: blue, attachment: { hex: "#00f" } }
      - { key: red }
    rules:
      - segment: staff
        distributions: [{ variant: blue, rollout: 100 }]
      - segment: everybody
        distributions: [{ variant: blue, rollout: 25 }, { variant: red, rollout: 75 }]
segments:
  - { key: beta, name: Beta, match_type: ANY_MATCH_TYPE, constraints: [{ type: STRING_COMPARISON_TYPE, property: plan, operator: eq, value: beta }] }
  - { key: staff, name: Staff, match_type: ALL_MATCH_TYPE, constraints: [{ type: STRING_COMPARISON_TYPE, property: role, operator: eq, value: staff }] }
  - { key: everybody, name: Everybody, match_type: ALL_MATCH_TYPE }
`;

const CASES = `version: "1"
tests:
  - name: beta users have it
    flag: dark-mode
    entity: ada
    context: { plan: beta }
    expect: { enabled: true, reason: MATCH_EVALUATION_REASON, segments: [beta] }
  - name: a half of everybody
    flag: dark-mode
    context: {}
    expect: { share: { enabled: true, from: 45, to: 55 } }
  - { name: blue for staff, flag: theme, entity: bob, context: { role: staff }, expect: { variant: blue, attachment: { hex: "#00f" } } }
  - { name: a quarter is blue, flag: theme, expect: { share: { variant: blue, from: 25, to: 25 } } }
`;

async function directoryOf(t: ExecutionContext, files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await temporaryDirectory(t);
  await write(directory, files);
  return directory;
}

async function write(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
}

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function vexil(cwd: string, ...args: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [VEXIL, ...args], { cwd });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      err += chunk;
    });
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

test("cases that pass are told in TAP, and only those that the filter names are run", async (t) => {
  const directory = await directoryOf(t, {
    "default/features.yaml": FLAGS,
    "default/features.test.yaml": CASES,
  });
  const all = await vexil(directory, "test", directory);
  t.deepEqual([all.code, all.err], [0, "4 cases, 0 failed\n"]);
  t.deepEqual(all.out.trim().split("\n"), [
    "TAP version 14",
    "1..4",
    "ok 1 - default/dark-mode: beta users have it",
    "ok 2 - default/dark-mode: a half of everybody",
    "ok 3 - default/theme: blue for staff",
    "ok 4 - default/theme: a quarter is blue",
  ]);
  t.deepEqual(await vexil("/", "test", "--local", directory), await vexil("/", "test", directory));
  const one = await vexil(directory, "test", "--filter", "staff");
  t.deepEqual([one.code, one.err], [0, "1 case, 0 failed\n"]);
  const none = await vexil(directory, "test", "--filter", "nobody");
  t.is(none.code, 2);
  t.regex(none.err, /no case has "nobody" in its name/);
});

test("a case that fails says what it got and where it stands, in each format", async (t) => {
  const wrong = CASES.replace("from: 45, to: 55", "from: 60, to: 70").replace(
    "variant: blue, attachment",
    "variant: red, attachment",
  );
  const directory = await directoryOf(t, {
    "default/features.yaml": FLAGS,
    "default/features.test.yaml": `${wrong}  - { name: "gone & <forgotten>", flag: gone, entity: ada, expect: { enabled: true } }\n`,
  });
  const [json, junit, github, tap] = await Promise.all(
    ["json", "junit", "github", "tap"].map((format) => vexil(directory, "test", ".", "--format", format)),
  );
  t.deepEqual([json?.code, junit?.code, github?.code, tap?.code], [1, 1, 1, 1]);
  const report = JSON.parse(json?.out ?? "");
  t.like(report, { passed: 2, failed: 3 });
  const failed = report.cases.filter(({ ok }: { ok: boolean }) => !ok);
  t.deepEqual(
    failed.map(({ line, column, failures }: { line: number; column: number; failures: string[] }) => [
      line,
      column,
      failures,
    ]),
    [
      [8, 5, ["share: expected 60 to 70 percent, got 50"]],
      [12, 5, ['variant: expected "red", got "blue"']],
      [14, 5, ["there is no flag default/gone"]],
    ],
  );
  t.regex(junit?.out ?? "", /<testsuite name="default\/features.test.yaml" tests="5" failures="3" errors="0">/);
  t.regex(junit?.out ?? "", /name="gone &#38; &#60;forgotten&#62;"/);
  t.regex(
    github?.out ?? "",
    /^::error file=default\/features.test.yaml,line=12,col=5,title=default\/theme%3A blue for staff::variant/m,
  );
  t.regex(
    tap?.out ?? "",
    /^not ok 3 - default\/theme: blue for staff\n {2}---\n {2}at: "default\/features.test.yaml:12:5"/m,
  );
});

test("files and directories that cannot be used end with code 2 and say where", async (t) => {
  const bad = CASES.replace("flag: dark-mode", "flog: dark-mode").replace("from: 45, to: 55", "from: 55, to: 45");
  const directory = await directoryOf(t, {
    "default/features.yaml": FLAGS,
    "default/features.test.yaml": bad,
    "alone/features.test.yaml": CASES,
    "broken/features.yaml": "flags: [{ key: 1 }]\n",
    "broken/features.test.yaml": CASES,
    "hostile/features.yaml": "namespace: hostile\n",
    "hostile/features.test.yaml": `${"[".repeat(100_000)}\n`,
  });
  const { code, err, out } = await vexil(directory, "test");
  t.is(code, 2);
  t.regex(err, /^default\/features.test.yaml:4:11: tests.0.flog: field not allowed; did you mean "flag"\?$/m);
  t.regex(err, /^default\/features.test.yaml:\d+:\d+: tests.1.expect.share: from 55 is above to 45$/m);
  t.regex(err, /^alone\/features.test.yaml: there is no features file with a namespace beside it$/m);
  t.regex(err, /^broken\/features.yaml:1:\d+: flags.0.key: /m);
  t.regex(err, /^hostile\/features.test.yaml:1:\d+: nested deeper than 64 levels$/m);
  t.regex(out, /Bail out!/);
  const empty = await temporaryDirectory(t);
  t.regex((await vexil(empty, "test")).err, /no test cases/);
  const missing = await vexil(empty, "test", "nowhere");
  t.deepEqual([missing.code, missing.err.split("\n")[0]], [2, "nowhere: no such file or directory"]);
});

test("with --watch the cases are run again when a file changes", async (t) => {
  const directory = await directoryOf(t, {
    "default/features.yaml": FLAGS,
    "default/features.test.yaml": CASES,
  });
  const child = spawn(process.execPath, [VEXIL, "test", "--watch"], { cwd: directory });
  t.teardown(() => child.kill("SIGKILL"));
  let err = "";
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  await eventually(
    async () => err,
    (text) => text.includes("4 cases, 0 failed"),
  );
  await write(directory, { "default/features.yaml": FLAGS.replace("percentage: 50", "percentage: 70") });
  await eventually(
    async () => err,
    (text) => text.includes("4 cases, 1 failed"),
  );
  t.is(child.exitCode, null);
  child.kill("SIGINT");
});

test("the schema of tests files is printed for editors", async (t) => {
  const { code, out } = await vexil(".", "schema", "tests");
  t.is(code, 0);
  t.deepEqual(JSON.parse(out).required, ["version", "tests"]);
});

test("a directory that holds several environments is no environment whose cases could be run", async (t) => {
  const directory = await directoryOf(t, {
    "production/default/features.yaml": FLAGS,
    "production/default/features.test.yaml": CASES,
    "staging/default/features.yaml": FLAGS.replace("percentage: 50", "percentage: 90"),
  });
  const all = await vexil(directory, "test");
  t.is(all.code, 2);
  t.regex(all.err, /^\.: namespace default is written in production\/default and in staging\/default/m);
  t.is((await vexil(directory, "test", "production")).code, 0);
});
