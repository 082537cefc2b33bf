import { execFile, spawn } from "node:child_process";
import test, { type ExecutionContext } from "ava";
import { VEXIL } from "../helpers/daemon/daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { ask } from "../helpers/http/answers.js";
import { type TemporaryRepository, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into, and asserted on, member by member
type Json = any;

const PATH = "default/features.yaml";
const features = (enabled: boolean, plan: string, other: number): string => `namespace: default
flags:
  - key: checkout
    name: Checkout
    type: BOOLEAN_FLAG_TYPE
    enabled: ${enabled}
    rollouts:
      - segment: { key: beta, value: true }
  - { key: other, name: Other ${other}, type: BOOLEAN_FLAG_TYPE, enabled: true }
segments:
  - key: beta
    name: Beta
    match_type: ALL_MATCH_TYPE
    constraints: [{ type: STRING_COMPARISON_TYPE, property: plan, operator: eq, value: ${plan} }]
`;

function vexil(
  ...args: string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [VEXIL, ...args], { env: { PATH: process.env.PATH } }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });
}

/** Commits that change the flag, its segment, something else, or leave the file faulty. */
async function start(t: ExecutionContext): Promise<{
  readonly repository: TemporaryRepository;
  readonly url: string;
  readonly commits: Readonly<Record<string, string>>;
}> {
  const repository = await temporaryRepository(t);
  const commit = (text: string, message: string): Promise<string> => repository.commit({ [PATH]: text }, { message });
  const commits: Record<string, string> = {};
  commits.first = await commit(features(false, "pro", 1), "Begin");
  commits.segment = await commit(features(false, "beta", 1), "Let beta in");
  commits.noise = await commit(features(false, "beta", 2), "Touch another flag");
  commits.faulty = await commit("flags: [", "Break the file");
  commits.same = await commit(features(true, "beta", 2), "Turn it on for all");
  commits.last = await commit(features(false, "none", 2), "Turn it off");
  const daemon = await inProcessDaemon(t, {
    storage: { default: { backend: { type: "local", path: repository.path } } },
  });
  await (await daemon.start()).settled;
  return { repository, url: daemon.url(), commits };
}

test("history shows a user's answer at each commit that concerns it, with a daemon and without one", async (t) => {
  const { repository, url, commits } = await start(t);
  const asked = ["history", "checkout", "--entity", "ada", "--context", "plan=beta", "--json"];
  const [remote, local, paged, text, qualified] = await Promise.all([
    vexil(...asked, "--url", url),
    vexil(...asked, "--local", repository.path),
    vexil(...asked, "--url", url, "--limit", "2"),
    vexil(...asked.slice(0, -1), "--url", url),
    vexil("history", "default/flag/checkout", "--entity", "ada", "--json", "--url", url),
  ]);
  t.is(remote.code, 0, remote.stderr);
  const page = JSON.parse(remote.stdout) as Json;
  t.deepEqual(JSON.parse(local.stdout), page, local.stderr);
  t.deepEqual(
    page.commits.map(({ revision, before, answer, changes }: Json) => [
      revision,
      before?.enabled,
      answer.enabled,
      changes.map(({ key }: Json) => key),
    ]),
    [
      [commits.last, true, false, ["checkout", "beta"]],
      [commits.same, undefined, true, ["checkout"]],
      [commits.segment, false, true, ["beta"]],
      [commits.first, undefined, false, ["checkout"]],
    ],
  );
  t.deepEqual([page.nextPageToken, page.complete], ["", true]);
  // Each is what an evaluation at that commit gives.
  for (const { revision, answer } of page.commits) {
    const request = { flagKey: "checkout", entityId: "ada", context: { plan: "beta" }, at: revision };
    const { body } = await ask(url, "POST", "evaluate/v1/boolean", { body: JSON.stringify(request) });
    t.is((body as Json).enabled, answer.enabled, revision);
  }

  const begin = JSON.parse(paged.stdout) as Json;
  t.deepEqual(begin.commits, page.commits.slice(0, 2));
  t.not(begin.nextPageToken, "");
  for (const where of [
    ["--url", url],
    ["--local", repository.path],
  ]) {
    const rest = JSON.parse((await vexil(...asked, ...where, "--page-token", begin.nextPageToken)).stdout) as Json;
    t.deepEqual(rest.commits, page.commits.slice(2), where[0]);
    t.is(rest.nextPageToken, "");
  }
  t.regex(
    text.stdout,
    /Let beta in\n {4}false \(reason default\) {2}→ {2}true \(reason match, segments beta\)\n {4}~ segment default\/beta\n/,
  );
  t.regex(text.stdout, /Turn it on for all\n {4}true \(reason match, segments beta\)\n/);
  t.deepEqual(
    (JSON.parse(qualified.stdout) as Json).commits.map(({ answer }: Json) => answer.enabled),
    [false, true, false, false],
  );
});

test("history of a clone is the daemon's, and each entry leads to what it changed for whom", async (t) => {
  const { repository, url, commits } = await start(t);
  for (const target of [[], ["default/flag/checkout"], ["default/segment/beta"]]) {
    const asked = ["history", ...target, "--json"];
    const [remote, local] = await Promise.all([
      vexil(...asked, "--url", url),
      vexil(...asked, "--local", repository.path),
    ]);
    t.is(remote.code, 0, remote.stderr);
    const page = JSON.parse(remote.stdout) as Json;
    t.deepEqual(JSON.parse(local.stdout), page, `${target}: ${local.stderr}`);
    const [newest, ...older] = page.commits;
    t.is(newest.revision, commits.last);
    t.is(older.at(-1).compare, undefined, "nothing was before the first commit");
    t.is(new URL(newest.compare, url).searchParams.get("namespace"), target.length === 0 ? null : "default");
    for (const { compare, revision, changes } of page.commits.slice(0, -1)) {
      const { status, body } = await ask(url, "GET", compare.slice(1));
      t.is(status, 200, compare);
      t.is((body as Json).head, revision);
      const compared = (body as Json).changes.map(({ type, key }: Json) => `${type} ${key}`);
      for (const { typeUrl, key } of changes) {
        t.true(compared.includes(`${typeUrl.split(".").at(-1).toLowerCase()} ${key}`), compare);
      }
    }
  }
  const [first, second] = await Promise.all([
    vexil("history", "--limit", "3", "--json", "--local", repository.path),
    vexil("history", "--limit", "3", "--json", "--url", url),
  ]);
  t.deepEqual(JSON.parse(first.stdout), JSON.parse(second.stdout));
  t.is((JSON.parse(first.stdout) as Json).nextPageToken, commits.segment);
});

test("a search shows on a terminal how far it is, and takes that away", async (t) => {
  const { repository, url } = await start(t);
  for (const where of [`--url ${url}`, `--local ${repository.path}`]) {
    const command = `${process.execPath} ${VEXIL} bisect checkout --entity ada ${where}`;
    const terminal = spawn("script", ["--quiet", "--command", command, "/dev/null"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    let text = "";
    terminal.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    t.is(await new Promise((resolve) => terminal.once("close", resolve)), 0);
    const [before, progress = "", ...rest] = text.split("\r\u001b[K");
    t.is(before, "");
    t.regex(progress, /^(?:looking through the history|\d+ commits looked at, \d+ states evaluated)$/);
    t.regex(rest.at(-1) ?? "", /\d+ commits? looked at, \d+ states? evaluated\r\n$/);
  }
});

test("a target that is not there, and options that do not go together, are refused", async (t) => {
  const { repository, url } = await start(t);
  const [at, local] = [
    ["--url", url],
    ["--local", repository.path],
  ];
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [["nope", "--entity", "ada", ...at], /flag "default\/nope" not found, now or before/],
    [["nope", "--entity", "ada", ...local], /flag "default\/nope" not found, now or before/],
    [["nope", ...local], /namespace "nope" not found/],
    [["default/flag/nope", ...local], /flag "default\/nope" not found/],
    [["a/b/c", ...local], /a\/b\/c is no target/],
    [["default/segment/beta", "--entity", "ada", ...at], /is no flag; write <namespace>\/flag\/<key>/],
    [["--entity", "ada", ...at], /--entity needs a flag/],
    [["default", "--context", "a=b", ...at], /--context is of an entity/],
    [["--limit", "-1", ...at], /--limit <number>.*from 1 to 200/],
    [["--page-token", "f".repeat(40), ...local], /revision "f{40}" not found/],
    [["--page-token", "zz", ...at], /pageToken is not valid/],
    [["--local", "/nowhere"], /\/nowhere is not a directory/],
  ];
  const ended = await Promise.all(cases.map(([args]) => vexil("history", ...args)));
  for (const [index, [args, reason]] of cases.entries()) {
    t.is(ended[index]?.code, 1, args.join(" "));
    t.regex(ended[index]?.stderr ?? "", reason, args.join(" "));
    t.is(ended[index]?.stdout, "");
  }
});
