import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { ask } from "../helpers/http/answers.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { type TemporaryRepository, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const VEXIL = fileURLToPath(new URL("../../../daemon/bin/vexil.js", import.meta.url));
const PATH = "default/features.yaml";
const flags = (enabled: boolean, more = ""): string =>
  `namespace: default\nflags:\n- {key: f, name: F, type: BOOLEAN_FLAG_TYPE, enabled: ${enabled}}\n${more}`;

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into, and asserted on, member by member
type Json = any;

interface Fixture {
  readonly url: string;
  readonly repository: TemporaryRepository;
  readonly commits: readonly string[];
}

async function start(t: ExecutionContext, workers: number): Promise<Fixture> {
  const repository = await temporaryRepository(t, { files: { [PATH]: flags(false) } });
  const commits = [(await repository.head()) ?? ""];
  commits.push(await repository.commit({ [PATH]: flags(true) }, { message: "Turn it on" }));
  commits.push(await repository.commit({ "ops/features.yaml": "namespace: ops\nflags:\n- {key: o, name: O}\n" }));
  await repository.git("tag", "-a", "-m", "noted", "v1", commits[0] ?? "");
  const daemon = await inProcessDaemon(t, {
    storage: { main: { backend: { type: "memory" }, remote: repository.url, poll_interval: "1h" } },
    environments: { default: { storage: "main", default: true } },
    server: { workers },
  });
  await (await daemon.start()).settled;
  return { url: daemon.url(), repository, commits };
}

const post = (url: string, path: string, body: unknown) => ask(url, "POST", path, { body: JSON.stringify(body) });
const only = (answer: { readonly body: unknown }) => answer.body as Readonly<Record<string, unknown>>;

for (const workers of [1, 2]) {
  test(`${workers} processes answer reads at a revision as they answer all others, and say which it is`, async (t) => {
    const { url, commits } = await start(t, workers);
    const [first = "", second = ""] = commits;
    const one = (at?: string) =>
      post(url, "evaluate/v1/boolean", { flagKey: "f", entityId: "e", ...(at === undefined ? {} : { at }) });
    const now = only(await one());
    t.deepEqual([now.enabled, now.at, now.revision], [true, undefined, undefined]);
    for (const at of [first, first.slice(0, 9), "main~2", "HEAD^^", "v1", "refs/tags/v1"]) {
      const { status, body } = await one(at);
      t.is(status, 200, `${at}: ${JSON.stringify(body)}`);
      const { enabled, revision, at: origin, ...rest } = only({ body });
      t.deepEqual({ enabled, revision, origin }, { enabled: false, revision: first, origin: { kind: "revision" } }, at);
      t.deepEqual(
        Object.keys(rest),
        Object.keys(now).filter((name) => name !== "enabled"),
      );
    }
    const timed = only(await one(new Date().toISOString()));
    t.deepEqual([timed.enabled, (timed.at as { kind: string }).kind], [true, "commit-time"]);

    const requests = [{ flagKey: "f" }, { flagKey: "o", namespaceKey: "ops" }];
    const batch = only(await post(url, "evaluate/v1/batch", { requests, at: second }));
    const [f, o] = batch.responses as readonly Readonly<Record<string, Readonly<Record<string, unknown>>>>[];
    t.is(f?.booleanResponse?.enabled, true);
    t.is(o?.errorResponse?.reason, "NOT_FOUND_ERROR_EVALUATION_REASON");
    t.is(batch.revision, second);

    const snapshot = await ask(url, "GET", `client/v2/environments/default/namespaces/default/snapshot?at=${first}`);
    t.false((only(snapshot).flags as { enabled: boolean }[])[0]?.enabled);
    t.is(only(snapshot).revision, first);
    const lists = ["namespaces", "namespaces/default", "namespaces/ops/resources/flipt.core.Flag"];
    for (const list of lists) {
      const listed = await ask(url, "GET", `api/v2/environments/default/${list}?at=HEAD~1`);
      t.deepEqual([listed.status, only(listed).revision, only(listed).at], [200, second, { kind: "revision" }], list);
    }
    const old = await ask(url, "GET", "api/v1/namespaces/default/flags?at=main~2");
    t.deepEqual([(only(old).flags as { enabled: boolean }[])[0]?.enabled, only(old).revision], [false, first]);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    t.regex(metrics, /vexil_past_evaluations_total\{flipt_environment="default"\} 9\b/);
    t.regex(metrics, /flipt_evaluations_results_total\{[^}]*flipt_flag="f"[^}]*\} 1\b/);
  });
}

test("what no revision is, or is not there, is refused at once and disturbs nothing", async (t) => {
  const { url, repository, commits } = await start(t, 1);
  const hidden = await repository.commit({ [PATH]: flags(false, "# hidden\n") }, { branch: "other" });
  await repository.git("tag", "on-hidden", hidden);
  const at = async (expression: unknown, path = "boolean"): Promise<readonly [number, string]> => {
    const { status, body } = await post(url, `evaluate/v1/${path}`, { flagKey: "f", entityId: "e", at: expression });
    return [status, String(only({ body }).message)];
  };
  for (const unknown of [
    "nobody",
    "0".repeat(40),
    "abcdefabcdef",
    "HEAD~99",
    hidden,
    "other",
    "on-hidden",
    "1999-01-01T00:00:00Z",
  ]) {
    const [status, message] = await at(unknown);
    t.is(status, 404, `${unknown}: ${message}`);
    t.false(message.includes(hidden) && unknown !== hidden);
  }
  for (const wrong of [7, true, {}, ["HEAD"], "a..b", "x".repeat(1_000_000), "~1".repeat(500_000), "../../x"]) {
    const [status, message] = await at(wrong);
    t.is(status, 400, String(wrong).slice(0, 20));
    t.true(message.length < 400);
  }
  const inItem = await post(url, "evaluate/v1/batch", { requests: [{ flagKey: "f", at: "HEAD~1" }] });
  t.is(inItem.status, 400);
  t.is((await post(url, "evaluate/v1/variant", { flagKey: "f", at: commits[0] })).status, 400);
  t.is((await post(url, "evaluate/v1/boolean", { flagKey: "f", at: "" })).status, 200);
  t.is((await post(url, "evaluate/v1/boolean", { flagKey: "f", at: null })).status, 200);
});

test("bisect names the commit that changed the answer, by API and on the command line, with a daemon and without", async (t) => {
  const { url, repository, commits } = await start(t, 1);
  const [, second = ""] = commits;
  const body = { flagKey: "f", entityId: "ada" };
  const { status, body: found } = await post(url, "api/v2/environments/default/bisect", body);
  t.is(status, 200, JSON.stringify(found));
  const { changes, complete } = found as {
    readonly changes: readonly Readonly<Record<string, unknown>>[];
    readonly complete: boolean;
  };
  t.true(complete);
  t.is(changes.length, 1);
  const [change] = changes;
  t.deepEqual([change?.revision, change?.author, change?.message], [second, "Ada", "Turn it on"]);
  t.deepEqual(
    [change?.before, change?.after],
    [false, true].map((enabled) => ({ enabled, reason: "DEFAULT_EVALUATION_REASON", segmentKeys: [] })),
  );
  const explained = change?.explanation as Readonly<Record<"before" | "after", { readonly steps: readonly Json[] }>>;
  const defaults = [explained.before, explained.after].map(({ steps }) => steps.find(({ kind }) => kind === "default"));
  t.deepEqual(
    defaults.map((step) => [step?.outcome, step?.value, step?.source.commit]),
    [
      ["match", "false", commits[0]],
      ["match", "true", second],
    ],
  );
  const bare = await post(url, "api/v2/environments/default/bisect", { ...body, explain: false });
  t.is((only(bare).changes as readonly Json[])[0].explanation, undefined);

  const pieces: string[] = [];
  for (let to: string | undefined; pieces.length < 5; ) {
    const piece = await post(url, "api/v2/environments/default/bisect", { ...body, all: true, limit: 1, to });
    const { changes: told, next } = piece.body as { readonly changes: readonly Json[]; readonly next?: string };
    pieces.push(...told.map(({ revision }) => revision as string));
    to = next;
    if (next === undefined) break;
  }
  t.deepEqual(pieces, [second, commits[0]]);
  for (const [wrong, reason] of [
    [{ limit: -1 }, /limit must be a whole number from 1 to 200, not -1/],
    [{ limit: 1e9 }, /limit must be/],
    [{ limit: 1.5 }, /limit must be/],
    [{ timeoutMillis: 1e9 }, /timeoutMillis must be a whole number from 1 to 45000/],
  ] as const) {
    const refused = await post(url, "api/v2/environments/default/bisect", { ...body, ...wrong });
    t.is(refused.status, 400);
    t.regex(String(only(refused).message), reason);
  }
  for (const [missing, reason] of [
    [{ from: "nobody" }, /revision "nobody" not found/],
    [{ flagKey: "g" }, /flag "default\/g" not found, now or before/],
    [{ namespaceKey: "g" }, /flag "g\/f" not found, now or before/],
    [{ to: "2999-01-01T00:00:00Z" }, /no state at 2999/],
  ] as const) {
    const refused = await post(url, "api/v2/environments/default/bisect", { ...body, ...missing });
    t.is(refused.status, 404);
    t.regex(String(only(refused).message), reason);
  }

  const clone = await repository.clone();
  const run = async (...args: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)(process.execPath, [VEXIL, "bisect", "f", "--entity", "ada", ...args]);
    return stdout;
  };
  const local = JSON.parse(await run("--json", "--local", clone)) as typeof found;
  t.deepEqual(local, found);
  const text = await run("--url", url);
  for (const where of [
    ["--url", url],
    ["--local", clone],
  ]) {
    const typo = promisify(execFile)(process.execPath, [VEXIL, "bisect", "ff", ...where]);
    t.regex(String((await t.throwsAsync(typo))?.message), /flag "default\/ff" not found, now or before/);
  }
  t.true(text.startsWith(second), text);
  t.regex(text, /Turn it on\n {4}false \(reason default\) {2}→ {2}true \(reason default\)\n {4}~ flag default\/f/);
  const [, before = "", after = ""] = text.split(/^(?:before|after):\n/m);
  t.regex(before, /^\+ flag: disabled\n[\s\S]*^\+ default: match, gives false\n {4}default\/features\.yaml:/m);
  t.regex(after, /^\+ flag: enabled\n[\s\S]*^\+ default: match, gives true\n/m);
  t.true(after.includes(`${second.slice(0, 8)} by Ada`), after);
  t.is(await nativeGit(["-C", clone, "status", "--porcelain"]), "");
});
