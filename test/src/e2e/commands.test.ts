import { execFile } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { parse } from "yaml";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";

const VEXIL = fileURLToPath(new URL("../../../daemon/bin/vexil.js", import.meta.url));
const run = promisify(execFile);

/** A directory with files, and `vexil` run in it. */
async function start(t: ExecutionContext, files: Readonly<Record<string, string>>) {
  const directory = await temporaryDirectory(t);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  const env = { PATH: process.env.PATH, HOME: directory, VEXIL_LOG_LEVEL: "debug", TOKEN: "canary" };
  const vexil = async (...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> => {
    try {
      return { code: 0, ...(await run(process.execPath, [VEXIL, ...args], { cwd: directory, env })) };
    } catch (error) {
      return error as { code: number; stdout: string; stderr: string };
    }
  };
  return { directory, vexil };
}

test("vexil validate prints every fault with its place, also references between files, and exits with 1", async (t) => {
  const { directory, vexil } = await start(t, {
    "default/features.yaml": "namespace: default\nflags:\n  - key: a\n    name: A\n    type: NOPE\n  - name: b\n",
    "ops/features.json":
      '{"namespace":"ops","flags":[{"key":"x","name":"X","type":"BOOLEAN_FLAG_TYPE",\n"rollouts":[{"segment":{"key":"ghost","value":true}}]}]}',
    "good/features.yaml": "namespace: good\nflags: []\n",
    "flipt.yaml": 'templates: { commit_message: "{{ .X" }\n',
    "notes.yaml": "flags: 7\n",
    ".git/features.yaml": "flags: 7\n",
  });
  await symlink(join(directory, "notes.yaml"), join(directory, "good/features.yml"));
  const { code, stdout, stderr } = await vexil("validate");
  t.is(code, 1);
  t.is(stderr, "4 files, 4 faults\n");
  const lines = stdout.trim().split("\n");
  t.is(lines.length, 4);
  for (const [index, expected] of [
    /^default\/features\.yaml:5:11: flags\.0\.type: /,
    /^default\/features\.yaml:6:\d+: flags\.1\.key: /,
    /^flipt\.yaml:1:\d+: templates\.commit_message: /,
    /^ops\/features\.json:2:\d+: .*ghost/,
  ].entries()) {
    t.regex(lines[index] ?? "", expected);
  }
  const good = await vexil("validate", "good/features.yaml", "notes.yaml");
  t.is(good.code, 1);
  t.regex(good.stdout, /^notes\.yaml:1:\d+: /);
  t.is((await vexil("validate", "good/features.yaml")).code, 0);
  const missing = await vexil("validate", "nowhere");
  t.is(missing.code, 2);
  t.is(missing.stderr, "Error: nowhere: no such file or directory\n");
});

test("vexil validate ends with 2 where there is nothing to look at, and says what else it found", async (t) => {
  const { vexil } = await start(t, {
    "production/default/features.yaml": "flags: [{key: a}]\n",
    "staging/readme.md": "",
    // A namespace's folder is no environment.
    "team/features.yaml": "namespace: team\n",
  });
  for (const directory of ["staging", "team"]) {
    const { code, stdout, stderr } = await vexil("validate", directory);
    t.deepEqual([code, stderr], [2, "0 files, 1 fault\n"]);
    t.true(stdout.startsWith(`${directory}: no feature files`), stdout);
  }
  t.regex((await vexil("validate", "team")).stdout, /, and features\.yaml itself is in none: name the directory above/);
  const both = await vexil("validate", "production", "staging");
  t.is(both.code, 2);
  t.regex(both.stdout, /production\/default\/features\.yaml:1:\d+: flags\.0\.name/);
});

test("a features file that lies where none is read is warned of", async (t) => {
  const { vexil } = await start(t, {
    "features.yaml": "namespace: default\n",
    "good/features.yaml": "namespace: good\nflags: []\n",
  });
  const { code, stdout, stderr } = await vexil("validate");
  t.deepEqual([code, stderr], [0, "1 file, 0 faults, 1 warning\n"]);
  t.regex(stdout, /^features\.yaml:1:1: warning: is not read: .*, such as default\/features\.yaml$/m);
});

const WARNED = `flags:
  - {key: a, name: A, type: BOOLEAN_FLAG_TYPE, rollouts: [{threshold: {percentage: 101}}]}
`;

test("warnings leave the exit code at 0, and --strict takes them for faults", async (t) => {
  const { vexil } = await start(t, { "a/features.yaml": WARNED });
  const lenient = await vexil("validate");
  t.deepEqual([lenient.code, lenient.stderr], [0, "1 file, 0 faults, 1 warning\n"]);
  t.regex(lenient.stdout, /^a\/features\.yaml:2:84: warning: flags\.0\.rollouts\.0\.threshold\.percentage: /);
  const strict = await vexil("validate", "--strict");
  t.deepEqual([strict.code, strict.stderr], [1, "1 file, 1 fault\n"]);
  t.false(strict.stdout.includes("warning"));
});

test("vexil validate speaks to programs, to GitHub and to code scanning", async (t) => {
  const { vexil } = await start(t, {
    "a/features.yaml": WARNED,
    "b, 100%/features.yaml": "namespace: b\nflags: [{key: x, name: X, nmae: Y}]\n",
  });
  const json = await vexil("validate", "--format", "json");
  t.is(json.code, 1);
  t.like(JSON.parse(json.stdout), {
    files: 2,
    errors: 1,
    warnings: 1,
    findings: {
      0: { file: "a/features.yaml", line: 2, column: 84, severity: "warning", rule: "percentage-range" },
      1: { file: "b, 100%/features.yaml", line: 2, severity: "error", rule: "unknown-field" },
    },
  });
  const github = (await vexil("validate", "--format", "github")).stdout.trim().split("\n");
  t.is(github.length, 2);
  t.regex(
    github[0] ?? "",
    /^::warning file=a\/features\.yaml,line=2,col=84,title=vexil percentage-range::flags\.0\.\S+: 101 is not between 0 and 100; it means everybody$/,
  );
  t.regex(github[1] ?? "", /^::error file=b%2C 100%25\/features\.yaml,line=2,col=\d+,title=vexil unknown-field::flags/);
  const { stdout } = await vexil("validate", "--format", "sarif");
  const log = JSON.parse(stdout) as {
    version: string;
    runs: {
      tool: { driver: { name: string; rules: { id: string }[] } };
      results: { ruleId: string; ruleIndex: number; level: string; locations: object[] }[];
    }[];
  };
  t.is(log.version, "2.1.0");
  const [run] = log.runs;
  t.deepEqual(
    run?.results.map(({ ruleId, level }) => [ruleId, level]),
    [
      ["percentage-range", "warning"],
      ["unknown-field", "error"],
    ],
  );
  for (const { ruleId, ruleIndex } of run?.results ?? []) t.is(run?.tool.driver.rules[ruleIndex]?.id, ruleId);
  t.like(run?.results[1]?.locations[0], {
    physicalLocation: { artifactLocation: { uri: "b%2C%20100%25/features.yaml" }, region: { startLine: 2 } },
  });
  const unknown = await vexil("validate", "--format", "xml");
  t.is(unknown.code, 2);
  t.regex(unknown.stderr, /text, json, github, sarif/);
});

test("vexil config prints a configuration with the origin of each value, and no secret", async (t) => {
  const { vexil } = await start(t, {
    "vexil.toml": '[server]\nhttp_port = 81\n[credentials.a]\ntype = "access_token"\naccess_token = "${env:TOKEN}"\n',
  });
  const { code, stdout } = await vexil("config");
  t.is(code, 0);
  t.regex(stdout, /^ {2}http_port: 81 # vexil\.toml$/m);
  t.regex(stdout, /^ {2}level: debug # VEXIL_LOG_LEVEL$/m);
  t.regex(stdout, /^ {4}access_token: "\[redacted\]" # vexil\.toml \$\{env:TOKEN\}$/m);
  t.is((parse(stdout) as { server: { http_port: number } }).server.http_port, 81);
  const json = await vexil("config", "--json");
  const values = (JSON.parse(json.stdout) as { values: { key: string; value: unknown; source: string }[] }).values;
  t.deepEqual(
    values.find(({ key }) => key === "server.http_port"),
    { key: "server.http_port", value: 81, source: "vexil.toml" },
  );
  t.false((stdout + json.stdout).includes("canary"));
});

test("a configuration that would stop the start stops config and serve alike, with one line on stderr", async (t) => {
  const { vexil } = await start(t, { "vexil.yaml": "server: { prot: 1 }\n" });
  for (const command of ["config", "serve"]) {
    const { code, stdout, stderr } = await vexil(command);
    t.is(code, 1);
    t.is(stdout, "");
    t.regex(
      stderr,
      /^Error: loading configuration: unknown key server\.prot \(vexil\.yaml:1\): did you mean [^\n]*\n$/,
    );
  }
});

test("vexil schema prints JSON Schema, and help has examples", async (t) => {
  const { vexil } = await start(t, {});
  const schema = JSON.parse((await vexil("schema")).stdout) as { $schema: string; properties: object };
  t.regex(schema.$schema, /2020-12/);
  t.true("storage" in schema.properties);
  for (const command of ["config", "validate", "logs"]) {
    t.regex((await vexil(command, "--help")).stdout, /Examples:\n {2}vexil/);
  }
});
