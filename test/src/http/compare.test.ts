import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { VEXIL } from "../helpers/daemon/daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { ask } from "../helpers/http/answers.js";
import { rightsDaemon } from "../helpers/http/rights-daemon.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { type TemporaryRepository, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into, and asserted on, member by member
type Json = any;

const flags = (percentage: number): string => `namespace: default
flags:
  - key: checkout
    name: Checkout
    type: BOOLEAN_FLAG_TYPE
    enabled: false
    rollouts:
      - segment: { key: beta, value: true }
      - threshold: { percentage: ${percentage}, value: true }
segments:
  - key: beta
    name: Beta
    match_type: ALL_MATCH_TYPE
    constraints: [{ type: STRING_COMPARISON_TYPE, property: plan, operator: eq, value: beta }]
`;

/** Two commits: a threshold of 20, then one of 27. */
async function history(t: ExecutionContext): Promise<{ repository: TemporaryRepository; commits: readonly string[] }> {
  const repository = await temporaryRepository(t);
  const first = await repository.commit({ "default/features.yaml": flags(20) });
  return { repository, commits: [first, await repository.commit({ "default/features.yaml": flags(27) })] };
}

async function serve(t: ExecutionContext, { path }: TemporaryRepository): Promise<string> {
  const daemon = await inProcessDaemon(t, { storage: { default: { backend: { type: "local", path } } } });
  await (await daemon.start()).settled;
  return daemon.url();
}

function vexil(...args: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [VEXIL, "diff", ...args]);
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

test("a comparison has the items that differ and the regions whose answers do", async (t) => {
  const { repository, commits } = await history(t);
  const url = await serve(t, repository);
  const path = "api/v2/environments/default/compare";
  const { status, body } = await ask(url, "GET", `${path}?base=HEAD~1`);
  t.is(status, 200, JSON.stringify(body));
  const { base, head, changes, affected } = body as Json;
  t.deepEqual([base, head], commits);
  t.deepEqual(
    changes.map(({ namespace, type, key, before, after }: Json) => [
      namespace,
      type,
      key,
      before.rollouts[1].threshold.percentage,
      after.rollouts[1].threshold.percentage,
    ]),
    [["default", "flag", "checkout", 20, 27]],
  );
  t.like(affected[0], { namespace: "default", flag: "checkout", share: 0.07, least: 0, exact: true });
  t.deepEqual(
    affected[0].regions.map(({ when, segments, bucket, share, before, after }: Json) => [
      when,
      segments,
      bucket,
      share,
      before,
      after,
    ]),
    [["not plan = beta", { beta: false }, [20, 27], 0.07, { enabled: false }, { enabled: true }]],
  );
  const all = (await ask(url, "GET", `${path}?base=${commits[0]?.slice(0, 8)}&head=${commits[1]}&regions=all`))
    .body as Json;
  t.deepEqual(
    all.affected[0].regions.map(({ when, bucket }: Json) => [when, ...bucket]),
    [
      ["plan = beta", 0, 100],
      ["not plan = beta", 0, 20],
      ["not plan = beta", 20, 27],
      ["not plan = beta", 27, 100],
    ],
  );
  for (const [query, expected, message] of [
    ["", 400, /base/],
    ["?base=nowhere", 404, /nowhere/],
    ["?base=HEAD&namespace=gone", 404, /namespace "gone" not found/],
    ["?base=HEAD&regions=some", 400, /regions/],
  ] as const) {
    const wrong = await ask(url, "GET", `${path}${query}`);
    t.is(wrong.status, expected, query);
    t.regex((wrong.body as Json).message, message);
  }
});

test("namespaces that the caller may not read are left out of a comparison", async (t) => {
  const { as } = await rightsDaemon(t);
  const path = "/api/v2/environments/staging/compare?base=HEAD~3&regions=all";
  const keysFor = async (caller: string): Promise<unknown> => {
    const { status, body } = await as(caller, "GET", path);
    return status === 200 ? [...new Set(body.changes.map(({ namespace }: Json) => namespace))].sort() : status;
  };
  t.deepEqual(await keysFor("viewer"), ["default", "team-a"]);
  t.deepEqual(await keysFor("team"), ["team-a"]);
  t.is(await keysFor("nobody"), 403);
  t.is((await as("team", "GET", `${path}&namespace=default`)).status, 403);
  t.is((await as("team", "GET", `${path}&namespace=team-a`)).status, 200);
});

test("vexil diff says the same of a clone as of a daemon, and fails above the share that is allowed", async (t) => {
  const { repository, commits } = await history(t);
  const url = await serve(t, repository);
  const range = `${commits[0]}..${commits[1]}`;
  const [local, remote, above, below] = await Promise.all([
    vexil(range, "--local", repository.path, "--format", "json"),
    vexil(range, "--url", url, "--format", "json"),
    vexil("HEAD~1", "--local", repository.path, "--format", "markdown", "--fail-above", "5%"),
    vexil(range, "--url", url, "--fail-above", "7"),
  ]);
  t.deepEqual([local.code, remote.code, above.code, below.code], [0, 0, 1, 0], `${local.err}${remote.err}${above.err}`);
  t.deepEqual(JSON.parse(local.out), JSON.parse(remote.out));
  t.regex(above.out, /^\*\*`default\/checkout`\*\*: 0\.0 % to 7\.0 % of everybody/m);
  t.regex(above.out, /^\| `not plan = beta \(buckets 20 to 26 of 100\)` \| 7\.0 % \| `false` \| `true` \|$/m);
  t.regex(below.out, /^ {4}7\.0 % of not plan = beta \(buckets 20 to 26 of 100\): false → true$/m);
  t.regex(below.out, /^~ flag default\/checkout$/m);
});

test("vexil diff counts real contexts, and looks at uncommitted files", async (t) => {
  const { repository } = await history(t);
  const directory = await temporaryDirectory(t);
  const lines = Array.from({ length: 1000 }, (_, index) => `{"entityId":"user-${index}","context":{"plan":"free"}}`);
  await writeFile(
    join(directory, "users.jsonl"),
    `${lines.join("\n")}\n{"entityId":"ada","context":{"plan":"beta","age":3}}\n`,
  );
  await writeFile(join(directory, "bad.jsonl"), '{"entityId":"a"}\n[]\n');
  await writeFile(join(directory, "empty.jsonl"), "\n \n");
  await writeFile(join(directory, "long.jsonl"), `{"entityId":"a"}\n{"entityId":"${"a".repeat(10_000_000)}"}\n`);
  const clone = join(directory, "clone");
  await nativeGit(["clone", "--quiet", repository.path, clone]);
  await writeFile(join(clone, "default", "features.yaml"), flags(100));
  const contexts = (file: string): readonly string[] => ["--contexts", join(directory, file)];
  const [counted, bad, remote, wrong, empty, long, none, option] = await Promise.all([
    vexil("HEAD", "--local", clone, ...contexts("users.jsonl"), "--format", "json", "--fail-above", "80%"),
    vexil("HEAD", "--local", clone, ...contexts("bad.jsonl")),
    vexil("HEAD", "--url", "http://127.0.0.1:1", ...contexts("users.jsonl")),
    vexil("main...feature"),
    vexil("HEAD", "--local", clone, ...contexts("empty.jsonl")),
    vexil("HEAD", "--local", clone, ...contexts("long.jsonl")),
    vexil("HEAD", "--local", clone, ...contexts("none.jsonl")),
    vexil("HEAD", "--local", clone, "--fail-above", "200%"),
  ]);
  const result = JSON.parse(counted.out);
  t.is(result.affected[0].share, 0.73);
  t.is(result.contexts.total, 1001);
  const share = result.contexts.changed["default/checkout"] / 1001;
  t.true(share > 0.6 && share < 0.85, String(share));
  t.is(counted.code, share > 0.8 ? 1 : 0);
  t.is(bad.code, 2);
  t.regex(bad.err, /bad\.jsonl:2: write \{"entityId"/);
  t.is(remote.code, 2);
  t.regex(remote.err, /no daemon answers/);
  for (const [{ code, err }, reason] of [
    [empty, /empty\.jsonl has no contexts/],
    [long, /long\.jsonl:2: the line has more than 1000000 characters/],
    [none, /none\.jsonl cannot be read: ENOENT/],
    [option, /argument '200%' is invalid. write a percentage/],
  ] as const) {
    t.is(code, 2);
    t.regex(err, reason);
  }
  t.regex(wrong.err, /write <base>\.\.<head>/);
});

test("vexil diff calls uncommitted files what they are", async (t) => {
  const { repository } = await history(t);
  const clone = join(await temporaryDirectory(t), "clone");
  await nativeGit(["clone", "--quiet", repository.path, clone]);
  const same = await vexil("HEAD", "--local", clone);
  t.regex(same.out, /^[0-9a-f]{12}\.\.work tree: nothing differs$/m);
  const markdown = await vexil("HEAD", "--local", clone, "--format", "markdown");
  t.regex(markdown.out, /^### Flags: `[0-9a-f]{12}` → `work tree`$/m);
});

test("vexil diff lets nothing pass where the environments of a directory hide one another's flags", async (t) => {
  const repository = await temporaryRepository(t);
  const staging = { "staging/default/features.yaml": flags(20) };
  await repository.commit({ ...staging, "production/default/features.yaml": flags(20) });
  await repository.commit({ ...staging, "production/default/features.yaml": flags(90) });
  const clone = join(await temporaryDirectory(t), "clone");
  await nativeGit(["clone", "--quiet", repository.path, clone]);
  const [all, held, one, above] = await Promise.all([
    vexil("HEAD~1..HEAD", "--local", clone),
    vexil("HEAD~1..HEAD", "--local", clone, "--fail-above", "10%"),
    vexil("HEAD~1..HEAD", "--local", join(clone, "staging"), "--fail-above", "10%"),
    vexil("HEAD~1..HEAD", "--local", join(clone, "production"), "--fail-above", "10%"),
  ]);
  t.deepEqual([all.code, held.code, one.code, above.code], [0, 2, 0, 1], held.err);
  const reason = "namespace default is written in production/default and in staging/default, and the last one counts";
  t.true(all.err.startsWith(`Warning: ${reason}`), all.err);
  t.true(held.err.startsWith(`Error: ${reason}`) && held.out === "", held.err);
  t.is(one.err + above.err, "");
});

test("vexil diff counts contexts with a daemon as in a clone, and sends none of them", async (t) => {
  const { repository, commits } = await history(t);
  // A later document gives the segment another meaning for its own flags: for the first one it stays as it was.
  const more = flags(60).replace("key: checkout", "key: later").replace("value: beta }]", "value: free }]");
  await repository.commit({ "default/features.yaml": `${flags(35)}---\n${more}` });
  const url = await serve(t, repository);
  const file = join(await temporaryDirectory(t), "users.jsonl");
  const plans = ["free", "beta", "pro"];
  const line = (_: unknown, index: number): string =>
    JSON.stringify({ entityId: `user-${index}`, context: { plan: plans[index % 3] } });
  await writeFile(file, Array.from({ length: 30_000 }, line).join("\n"));
  const asked = [`${commits[0]}..HEAD`, "--contexts", file, "--format", "json"];
  const [local, remote, failing, markdown] = await Promise.all([
    vexil(...asked, "--local", repository.path),
    vexil(...asked, "--url", url),
    vexil(...asked, "--url", url, "--fail-above", "9%"),
    vexil(...asked.slice(0, -1), "markdown", "--url", url),
  ]);
  t.deepEqual([local.code, remote.code, failing.code], [0, 0, 1], `${local.err}${remote.err}${failing.err}`);
  const counted = JSON.parse(remote.out);
  t.deepEqual(counted, JSON.parse(local.out));
  const { total, changed } = counted.contexts;
  t.is(total, 30_000);
  t.deepEqual(Object.keys(changed), ["default/checkout", "default/later"]);
  // Of those that are not in beta, two thirds, 15 of 100 buckets.
  t.true(Math.abs(changed["default/checkout"] / total - 0.1) < 0.01, String(changed["default/checkout"]));
  t.regex(markdown.out, /of everybody, \d+ of 30000 contexts/);
  const { body } = await ask(url, "GET", `api/v2/environments/default/compare?base=${commits[0]}&definitions=true`);
  const [{ definitions }] = (body as Json).affected;
  t.deepEqual(
    definitions.after.segments.map(({ key, constraints }: Json) => [key, constraints[0].value]),
    [["beta", "beta"]],
  );
  const wrong = await ask(url, "GET", `api/v2/environments/default/compare?base=${commits[0]}&definitions=maybe`);
  t.is(wrong.status, 400);
});
