import { execFile } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import test, { type ExecutionContext } from "ava";
import { startDaemon, VEXIL } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const DAY_MS = 86_400_000;
const FLAGS = `
namespace: { key: default, name: Default }
flags:
  - { key: on, name: On, type: BOOLEAN_FLAG_TYPE, enabled: true, metadata: { owner: web } }
  - { key: stays, name: Stays, type: BOOLEAN_FLAG_TYPE, enabled: true, metadata: { owner: web, permanent: true } }
  - key: half
    name: Half
    type: BOOLEAN_FLAG_TYPE
    enabled: false
    metadata: { expires: "2020-01-31" }
    rollouts: [{ threshold: { percentage: 50, value: true } }]
`;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function vexil(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [VEXIL, ...args], { env: { PATH: process.env.PATH } }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });
}

async function directoryOf(t: ExecutionContext, files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const directory = await temporaryDirectory(t);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
  return directory;
}

test("vexil stale tells of a directory what its files tell, and its exit code whether anything is stale", async (t) => {
  const directory = await directoryOf(t, { "default/features.yaml": FLAGS });
  const [text, json, markdown, none, missing, badOption] = await Promise.all([
    vexil("stale", directory),
    vexil("stale", directory, "--json"),
    vexil("stale", directory, "--markdown", "--only", "expired"),
    vexil("stale", directory, "--only", "bad-expiry"),
    vexil("stale", join(directory, "nowhere")),
    vexil("stale", directory, "--only", "smelly"),
  ]);
  t.is(text.code, 1, text.stderr);
  t.regex(text.stdout, /^default\/on +fixed$/m);
  t.regex(text.stdout, /^default\/half +expired, unowned$/m);
  t.regex(text.stdout, /^2 of 3 flags stale$/m);
  t.deepEqual(JSON.parse(json.stdout), {
    days: 30,
    total: 3,
    stale: [
      { namespace: "default", flag: "on", reasons: ["fixed"] },
      { namespace: "default", flag: "half", reasons: ["expired", "unowned"] },
    ],
  });
  t.is(markdown.code, 1);
  t.is(
    markdown.stdout,
    "### Stale flags: 1 of 3\n\n| flag | why | use |\n|---|---|---|\n| `default/half` | its metadata.expires is past |  |\n",
  );
  t.is(none.code, 0);
  t.is(none.stdout, "0 of 3 flags stale\n");
  t.deepEqual([missing.code, badOption.code], [2, 2]);
  t.regex(badOption.stderr, /"smelly" is none of unevaluated/);
});

test("what cannot be read is not taken for flags that are not there", async (t) => {
  const directory = await directoryOf(t, { "default/features.yaml": "flags: [" });
  const ended = await vexil("stale", directory);
  t.is(ended.code, 2);
  t.regex(ended.stderr, /default\/features\.yaml.*vexil validate/);
  for (const args of [
    [`${directory}/none`, "--flags", directory],
    [directory, "--flags", `${directory}/none`],
  ]) {
    const refs = await vexil("refs", ...args);
    t.deepEqual([refs.code, refs.stderr], [2, `Error: there is no directory ${directory}/none\n`]);
  }
});

test("vexil stale asks a daemon for the use of flags, of its own or of a directory's", async (t) => {
  const repository = await temporaryRepository(t, { files: { "default/features.yaml": FLAGS } });
  const counts = await temporaryDirectory(t);
  const [long, lately] = [Date.now() - 45 * DAY_MS, Date.now() - DAY_MS];
  const flags = ["on", "stays", "half"].map((key) => [
    "default",
    "default",
    key,
    long,
    key === "half" ? null : lately,
    [],
  ]);
  const hour = new Date(lately).toISOString().slice(0, 13);
  const answer = [["true", "DEFAULT_EVALUATION_REASON", 12]];
  const rows = flags.map((row) => (row[2] === "half" ? row : [...row.slice(0, 5), answer]));
  await writeFile(join(counts, `${hour}.00aa.json.gz`), gzipSync(JSON.stringify({ version: 1, flags: rows })));
  const daemon = await startDaemon(t, {
    config: { storage: { default: { remote: repository.path } }, analytics: { path: counts } },
  });
  const { stdout, code } = await vexil("stale", "--url", daemon.url, "--json");
  t.is(code, 1);
  const day = new Date(lately).toISOString();
  t.deepEqual(JSON.parse(stdout).stale, [
    { namespace: "default", flag: "half", reasons: ["unevaluated", "expired", "unowned"], evaluations: 0 },
    { namespace: "default", flag: "on", reasons: ["one-answer"], evaluations: 12, lastEvaluated: day },
  ]);
  const text = await vexil("stale", "--url", daemon.url);
  t.regex(text.stdout, /^default\/half +unevaluated, expired, unowned +never evaluated$/m);
  t.regex(text.stdout, /^one-answer: all got the same answer for 30 days$/m);
  t.is((await vexil("stale", "--url", daemon.url, "--days", "60", "--only", "unevaluated,one-answer")).code, 0);
  const directory = await directoryOf(t, { "default/features.yaml": FLAGS.replace("owner: web }", "team: web }") });
  const both = JSON.parse((await vexil("stale", directory, "--url", daemon.url, "--json")).stdout);
  t.deepEqual(both.stale[0].reasons, ["one-answer", "unowned"], "use is the daemon's, metadata the directory's");
  t.regex((await daemon.get("/metrics")).body, /^vexil_flags_stale\{.*reason="unevaluated"\} 1$/m);
  t.is((await vexil("stale", "--url", "http://127.0.0.1:1")).code, 2);
  await daemon.post("/evaluate/v1/boolean", { flagKey: "half", entityId: "u" });
  t.notRegex((await vexil("stale", "--url", daemon.url)).stdout, /half +unevaluated/);
});

test("vexil refs finds keys that are not defined, and flags that no code names", async (t) => {
  const directory = await directoryOf(t, {
    ".gitignore": "build/\n*.log\n!keep.log\n",
    "src/app.ts":
      'const on = await client.getBooleanValue("on", false);\nclient.getStringDetails(\n  "gone-ts", "");\n',
    "src/main.go": 'v, _ := client.BooleanValue(ctx, "gone-go", false, evalCtx)\n',
    "src/app.py": "client.get_boolean_value('gone-py', False)\nflipt.evaluate_boolean(flag_key='gone-flipt')\n",
    "src/Widget.tsx": "const { value } = useBooleanFlagValue(`gone-react`, false);\n",
    "src/names.rb": "FLAGS = ['half']\n",
    "build/out.js": 'client.getBooleanValue("built")',
    "debug.log": '"stays"',
    "node_modules/x/index.js": 'client.getBooleanValue("vendored")',
    "logo.png": Buffer.from('\u0000client.getBooleanValue("binary")'),
    "flags/default/features.yaml": FLAGS,
    "flags/notes.md": '"stays"',
  });
  await symlink(directory, join(directory, "loop"));
  const flags = ["--flags", join(directory, "flags")];
  const [text, json, markdown, own, fine, strict, bad, gone] = await Promise.all([
    vexil("refs", directory, ...flags),
    vexil("refs", directory, ...flags, "--json"),
    vexil("refs", directory, ...flags, "--markdown"),
    vexil("refs", directory, ...flags, "--pattern", "(FLAG)S", "--json"),
    vexil("refs", join(directory, "src"), ...flags, "--pattern", "(on)e"),
    vexil("refs", join(directory, "src"), ...flags, "--pattern", "(on)e", "--fail-unused"),
    vexil("refs", directory, ...flags, "--pattern", "no group"),
    vexil("refs", join(directory, "nowhere"), ...flags),
  ]);
  t.is(text.code, 1, text.stderr);
  t.is(
    text.stdout,
    [
      'src/app.py:2: flag "gone-flipt" is not defined',
      'src/main.go:1: flag "gone-go" is not defined',
      'src/app.py:1: flag "gone-py" is not defined',
      'src/Widget.tsx:1: flag "gone-react" is not defined',
      'src/app.ts:2: flag "gone-ts" is not defined',
      "default/stays: not named in the code",
      "6 files: 2 flags used, 1 unused, 5 undefined",
      "",
    ].join("\n"),
  );
  const report = JSON.parse(json.stdout);
  t.deepEqual(report.unused, [{ namespace: "default", flag: "stays" }]);
  t.deepEqual(report.undefined[0], { key: "gone-flipt", places: [{ file: "src/app.py", line: 2 }] });
  t.regex(markdown.stdout, /^\| `gone-go` \| not defined \| `src\/main\.go:1` \|$/m);
  t.deepEqual(JSON.parse(own.stdout).undefined, [{ key: "FLAG", places: [{ file: "src/names.rb", line: 1 }] }]);
  t.deepEqual([fine.code, strict.code, bad.code, gone.code], [0, 1, 2, 2]);
  t.regex(bad.stderr, /it has no group for the key/);
});

test("vexil refs asks a daemon which flags there are", async (t) => {
  const repository = await temporaryRepository(t, { files: { "default/features.yaml": FLAGS } });
  const daemon = await startDaemon(t, { config: { storage: { default: { remote: repository.path } } } });
  const directory = await directoryOf(t, { "a.js": 'on = flag("on"); flagKey: "other"' });
  const { stdout, code } = await vexil("refs", directory, "--url", daemon.url, "--json");
  t.is(code, 1);
  const { files, undefined: unknown, unused, used } = JSON.parse(stdout);
  t.deepEqual([files, unknown.length, unused.length, used], [1, 1, 2, 1]);
});
