import { execFile } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { parse } from "yaml";
import { temporaryDirectory } from "../helpers/temporary-directory.js";

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
  const good = await vexil("validate", "good", "notes.yaml");
  t.is(good.code, 1);
  t.regex(good.stdout, /^notes\.yaml:1:\d+: /);
  t.is((await vexil("validate", "good")).code, 0);
  const missing = await vexil("validate", "nowhere");
  t.is(missing.code, 1);
  t.is(missing.stderr, "Error: nowhere: no such file or directory\n");
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
