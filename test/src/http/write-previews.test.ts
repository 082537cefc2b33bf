import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import test, { type ExecutionContext } from "ava";
import fc from "fast-check";
import type { Json } from "../helpers/daemon/daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { type Model, makeWrite, writes } from "../helpers/flags/random-resources.js";
import { nativeGit, nativeGitBytes } from "../helpers/repositories/native-git.js";
import {
  EXAMPLE_FILES,
  type TemporaryRepository,
  temporaryRepository,
} from "../helpers/repositories/temporary-repository.js";

const N = "/api/v2/environments/default/namespaces";
/** Random writes to each kind of storage. */
const WRITES = Number(process.env.VEXIL_PREVIEWED_WRITES ?? 40);
const FILES: Readonly<Record<string, string>> = {
  "block/features.yaml": `# the head\nversion: "1.6"\nnamespace: block\n\nflags:\n  # about one\n  - key: one\n    name:   "One"  # kept\n    enabled: true\n\n  - key: two\n    name: Two\nsegments:\n  - key: all # here too\n    name: All\n    match_type: ALL_MATCH_TYPE\n# the end`,
  "old/features.yml": `version: "1.2"\r\nnamespace: old\r\nflags:\r\n    - key: one\r\n      name: One\r\n`,
  "deep/er/features.json": `{\n  "namespace": "json",\n  "flags": [\n    {"key": "one", "name": "One"},\n    {"key": "two", "name": "Two"}\n  ],\n  "segments": []\n}\n`,
  "many/features.yaml": `namespace: first\nflags:\n  - key: one\n    name: One # of the first\n---\n# about the second\nnamespace: second\nflags:\n  - {key: one, name: One}\n`,
};

type Kind = "local" | "remote";

async function start(t: ExecutionContext, kind: Kind, files: Readonly<Record<string, string>>, more: Json = {}) {
  const repository = await temporaryRepository(t, { files });
  const storage =
    kind === "local"
      ? { backend: { type: "local", path: repository.path, watch: false } }
      : { backend: { type: "memory" }, remote: repository.path, poll_interval: "1h" };
  const daemon = await inProcessDaemon(t, { storage: { default: { ...storage, ...more.storage } }, ...more.config });
  await (await daemon.start()).settled;
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${daemon.url()}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Json };
  };
  /** A write; in the query what a write without a body says. */
  const write = (method: string, path: string, body?: object, wishes: Json = {}) =>
    method === "DELETE" ? call(method, `${path}?${queryOf(wishes)}`) : call(method, path, { ...body, ...wishes });
  const messageOf = async (revision: string) =>
    (await nativeGitBytes(["-C", repository.path, "log", "-1", "--format=%B", revision])).toString().replace(/\n$/, "");
  return { repository, daemon, call, write, messageOf };
}

function queryOf({ dryRun, ...rest }: Json): URLSearchParams {
  return new URLSearchParams({ ...rest, ...(dryRun === undefined ? {} : { dry_run: String(dryRun) }) });
}

/** Refs and number of objects: all that a repository holds. */
async function inside(repository: TemporaryRepository): Promise<string> {
  const [refs, objects] = await Promise.all([
    repository.git("for-each-ref"),
    repository.git("cat-file", "--batch-all-objects", "--batch-check", "--unordered"),
  ]);
  return `${refs}\n${objects.split("\n").sort().join("\n")}`;
}

async function modelOf(call: (method: string, path: string) => Promise<{ readonly body: Json }>): Promise<Model> {
  const model: Model = new Map();
  for (const { key } of (await call("GET", N)).body.items) {
    if (key === "default") continue;
    const types = ["flipt.core.Flag", "flipt.core.Segment"] as const;
    const lists = await Promise.all(types.map((type) => call("GET", `${N}/${key}/resources/${type}`)));
    model.set(
      key,
      new Map(
        types.map((type, index) => [
          type,
          new Map(lists[index]?.body.resources.map(({ payload }: Json) => [payload.key, payload])),
        ]),
      ),
    );
  }
  return model;
}

for (const kind of ["local", "remote"] as const) {
  test(`the diff of a trial gives the bytes that the write then commits, ${kind}`, async (t) => {
    const { repository, call, write, messageOf } = await start(t, kind, FILES);
    const model = await modelOf(call);
    const work = await temporaryDirectory(t);
    for (const [path, text] of Object.entries(FILES)) {
      await mkdir(dirname(join(work, path)), { recursive: true });
      await writeFile(join(work, path), text);
    }
    let count = 0;
    let diffs = 0;
    while (count < WRITES) {
      for (const one of fc.sample(writes(), 1).flat()) {
        const made = makeWrite(one, model);
        if (made === undefined) continue;
        count += 1;
        const { path } = made;
        const before = count % 10 === 0 ? await inside(repository) : undefined;
        const head = await repository.head();
        const message = `write ${count}\n\nwhy: ${made.resource.key} – ü`;
        const trial = await write(made.method, path, made.body as object, { dryRun: true, message });
        t.is(trial.status, 200, JSON.stringify(trial.body));
        t.is(trial.body.revision, head);
        t.is(trial.body.preview.revision, head);
        t.is(await repository.head(), head);
        if (before !== undefined) t.is(await inside(repository), before);
        const done = await write(made.method, path, made.body as object, { message });
        t.is(done.status, 200, JSON.stringify(done.body));
        t.is(done.body.preview, undefined);
        t.is(await messageOf(done.body.revision), `${trial.body.preview.commit.message}\n`);
        t.is(trial.body.preview.commit.message, message);
        const names = await repository.git("diff-tree", "-r", "--no-commit-id", "--name-only", done.body.revision);
        t.is(trial.body.preview.files.map((file: Json) => file.path).join("\n"), names);
        for (const file of trial.body.preview.files) {
          diffs += 1;
          t.is(file.omitted, undefined);
          await nativeGit(["apply", "--whitespace=nowarn", "-"], { cwd: work, input: file.diff });
          const committed = await nativeGitBytes(["-C", repository.path, "cat-file", "blob", `main:${file.path}`]);
          t.deepEqual(await readFile(join(work, file.path)), committed, file.diff);
          t.is(file.after, committed.toString());
          const then = await nativeGitBytes(["-C", repository.path, "cat-file", "blob", `${head}:${file.path}`]);
          t.is(file.before, then.toString());
        }
        const items = model.get(made.namespace)?.get(made.resource.type);
        if (made.stored === undefined) items?.delete(made.resource.key);
        else items?.set(made.resource.key, made.stored);
      }
    }
    t.log(`${count} writes, ${diffs} diffs`);
    t.true(diffs > WRITES / 2);
  });

  test(`every write takes a message, and shows what it would do, ${kind}`, async (t) => {
    const { repository, write, messageOf, daemon, call } = await start(t, kind, EXAMPLE_FILES);
    const first = (await repository.head()) ?? "";
    const flag = { "@type": "flipt.core.Flag", key: "new", name: "New", type: "BOOLEAN_FLAG_TYPE" };
    const F = `${N}/default/resources`;
    const steps: readonly (readonly [
      method: string,
      path: string,
      body: object | undefined,
      files: readonly string[],
    ])[] = [
      ["POST", N, { key: "fresh", name: "Fresh" }, ["fresh/features.yaml"]],
      ["PUT", N, { key: "fresh", name: "Fresher" }, ["fresh/features.yaml"]],
      ["DELETE", `${N}/fresh`, undefined, ["fresh/features.yaml"]],
      ["POST", F, { key: "new", payload: flag }, ["default/features.yaml"]],
      ["PUT", F, { key: "new", payload: { ...flag, enabled: true } }, ["default/features.yaml"]],
      ["POST", `${F}/flipt.core.Flag/new/rollback`, { to: "HEAD~1" }, ["default/features.yaml"]],
      ["DELETE", `${F}/flipt.core.Flag/new`, undefined, ["default/features.yaml"]],
      ["DELETE", `${F}/flipt.core.Flag/never-there`, undefined, []],
      ["DELETE", `${F}/flipt.core.Flag/banner`, undefined, ["default/features.yaml"]],
      ["POST", `${N}/default/rollback`, { to: first }, ["default/features.yaml"]],
      ["DELETE", `${N}/ops`, undefined, ["ops/features.yaml"]],
      ["POST", "/api/v2/environments/default/rollback", { to: first }, ["ops/features.yaml"]],
    ];
    for (const [index, [method, path, given, files]] of steps.entries()) {
      const to = (given as Json)?.to === "HEAD~1" ? await repository.git("rev-parse", "main~1") : undefined;
      const body = to === undefined ? given : { to };
      const message = `step ${index}: ${method}\n\n  indented, "quoted" \\ 日本\n\ttab\n\n# no comment\nSigned-off-by: Ada <ada@example.com>`;
      const isRollback = path.endsWith("rollback");
      const full = isRollback ? `${message}\nVexil-Rollback: ${to ?? first}` : message;
      const [head, lines] = [await repository.head(), daemon.lines.length];
      const trial = await write(method, path, body, { dryRun: true, message });
      const label = `${method} ${path}: ${JSON.stringify(trial.body)}`;
      t.is(trial.status, 200, label);
      const { preview } = trial.body;
      t.deepEqual(
        preview.files.map((file: Json) => file.path),
        files,
        label,
      );
      t.like(preview.commit, { message: full, authorName: "flipt" }, label);
      t.deepEqual(
        daemon.lines.slice(lines).filter(({ level }) => level !== "debug" && level !== "trace"),
        [],
      );
      const plain = await write(method, path, body, { dryRun: true });
      t.regex(
        plain.body.preview.commit.message,
        isRollback ? /^roll back .*\n\nVexil-Rollback: / : /^(create|update|delete) \S+ \S+$/,
      );
      t.is(await repository.head(), head);
      const done = await write(method, path, body, { message, dryRun: false });
      t.is(done.status, 200, JSON.stringify(done.body));
      t.is(await messageOf(done.body.revision), `${full}\n`);
      t.is(
        await repository.git("log", "-1", "--format=%an <%ae>"),
        `${preview.commit.authorName} <${preview.commit.authorEmail}>`,
      );
    }
    t.is((await call("GET", `${F}/flipt.core.Flag/banner`)).status, 200);
    t.is(await repository.git("rev-parse", "main^{tree}"), await repository.git("rev-parse", `${first}^{tree}`));
    t.is(await repository.git("rev-list", "--count", "main"), String(steps.length + 1));
  });
}

test("messages that no commit can hold are refused, and those by which somebody else would speak say nothing", async (t) => {
  const { repository, write, messageOf } = await start(t, "local", EXAMPLE_FILES);
  const head = await repository.head();
  const bad: readonly (readonly [message: unknown, told: RegExp])[] = [
    ["a\0b", /^message: line 1 has the character U\+0000/],
    ["a\nb\u001b[31m", /^message: line 2 has the character U\+001B/],
    ["a\rb", /U\+000D/],
    ["a\u009b", /U\+009B/],
    ["a\ud800", /U\+D800/],
    ["x".repeat(10_001), /^message: longer than 10000 characters/],
    [{ toString: 1 }, /invalid values/],
    [7, /invalid values/],
  ];
  for (const [message, told] of bad) {
    for (const dryRun of [true, false]) {
      const { status, body } = await write("POST", N, { key: "x" }, { message, dryRun });
      t.is(status, 400, JSON.stringify(body));
      t.regex(body.message, told);
    }
  }
  for (const dryRun of ["yes", 1, "true", {}]) {
    t.is((await write("POST", N, { key: "x" }, { dryRun })).status, 400);
  }
  for (const query of ["dry_run=yes", "dry_run=", "dry_run", "dryRun=1", "dry_run=false&dryRun=TRUE"]) {
    for (const [method, body] of [["DELETE"], ["POST", { key: "x" }]] as const) {
      const path = method === "DELETE" ? `${N}/ops` : N;
      t.is((await write(method, `${path}?${query}&`, body)).status, 400, query);
    }
  }
  t.is(await repository.head(), head);
  const good: readonly (readonly [given: string, kept: string])[] = [
    [`s\n\n${"ü".repeat(9_000)}`, `s\n\n${"ü".repeat(9_000)}`],
    ["\n \n  first\r\nsecond\n\n\n", "  first\nsecond"],
    ["s\n\nVexil-Actor: token:root\nVexil-Request: 1\nvexil-rollback : main\nReviewed-by: Bo", "s\n\nReviewed-by: Bo"],
    ["s\n\nVexil-\u200bActor: nobody's", "s\n\nVexil-\u200bActor: nobody's"],
    [
      "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nparent 0\n\ngpgsig x",
      "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nparent 0\n\ngpgsig x",
    ],
  ];
  for (const [index, [given, kept]] of good.entries()) {
    const { status, body } = await write("POST", N, { key: `n${index}` }, { message: given });
    t.is(status, 200, JSON.stringify(body));
    t.is(await messageOf(body.revision), `${kept}\n`);
  }
  for (const blank of ["", " \n\t\n", null]) {
    const { body } = await write("PUT", N, { key: "n0", name: `${blank}`.trim() }, { message: blank });
    t.is(await messageOf(body.revision), "update namespace n0\n");
  }
  await repository.git("fsck", "--strict");
});

test("a trial is refused as the write is, and a write to a query that wants a trial is one", async (t) => {
  const cases = `version: "1"\ntests:\n  - { name: on, flag: banner, entity: ada, expect: { enabled: true } }\n`;
  const config = { environments: { default: { default: true, tests: "enforce" } } };
  const files = {
    ...EXAMPLE_FILES,
    "default/features.test.yaml": cases,
    "bad/features.yaml": "namespace: bad\nflags: [\n",
  };
  const { repository, call, write } = await start(t, "remote", files, { config });
  const first = (await repository.head()) ?? "";
  const F = `${N}/default/resources`;
  const flag = (key: string, more: object = {}) => ({
    key,
    payload: { "@type": "flipt.core.Flag", key, name: key, type: "BOOLEAN_FLAG_TYPE", ...more },
  });
  const touched = await write("PUT", F, flag("banner", { enabled: true, description: "later" }));
  t.is(touched.status, 200, JSON.stringify(touched.body));
  const head = await repository.head();
  const refused: readonly (readonly [status: number, method: string, path: string, body?: Json])[] = [
    [409, "PUT", F, { ...flag("banner", { enabled: true }), revision: first }],
    [409, "PUT", F, { ...flag("banner", { enabled: true }), revision: "9".repeat(40) }],
    [409, "POST", F, flag("banner")],
    [409, "POST", N, { key: "ops" }],
    [409, "POST", `${N}/bad/resources`, flag("x")],
    [404, "PUT", F, flag("never-there")],
    [404, "PUT", N, { key: "never-there" }],
    [404, "POST", "/api/v2/environments/nowhere/rollback", { to: first }],
    [404, "POST", "/api/v2/environments/default/rollback", { to: "f".repeat(40) }],
    [404, "POST", `${N}/default/rollback`, { to: "f".repeat(40) }],
    [409, "POST", "/api/v2/environments/default/rollback", { to: first, revision: first }],
    [400, "POST", "/api/v2/environments/default/rollback", {}],
    [400, "POST", F, flag("a b")],
    [400, "POST", F, { ...flag("x", { rollouts: [{ segment: { segments: ["none"] } }] }) }],
    [400, "DELETE", `${N}/default`],
    [400, "PUT", F, { ...flag("banner", { enabled: true }), dryrun: true }],
    [400, "DELETE", `${F}/flipt.core.Flag/banner?dry-run=true`],
    [422, "PUT", F, flag("banner", { enabled: false })],
    [422, "DELETE", `${F}/flipt.core.Flag/banner`],
  ];
  for (const [status, method, path, body] of refused) {
    const [trial, done] = [await write(method, path, body, { dryRun: true }), await write(method, path, body)];
    t.is(done.status, status, `${method} ${path} ${JSON.stringify(done.body)}`);
    t.deepEqual(trial, done);
  }
  t.is(await repository.head(), head);
  const asked = await call("POST", `${N}?dry_run=true`, { key: "by-query" });
  t.is(asked.body.preview.files[0].path, "by-query/features.yaml");
  const both = await call("PUT", `${F}?dryRun=true`, { ...flag("banner", { enabled: true }), dryRun: false });
  t.truthy(both.body.preview);
  const snake = await call("PUT", F, { ...flag("banner", { enabled: true }), dry_run: true });
  t.truthy(snake.body.preview);
  t.is(await repository.head(), head);
  const readOnly = await start(t, "remote", EXAMPLE_FILES, { storage: { read_only: true } });
  const [trial, done] = [
    await readOnly.write("DELETE", `${N}/ops`, undefined, { dryRun: true }),
    await readOnly.write("DELETE", `${N}/ops`),
  ];
  t.is(trial.status, 403);
  t.deepEqual(trial, done);
});

test("a trial that names a commit which the remote alone has is made on that", async (t) => {
  const { repository, write } = await start(t, "remote", EXAMPLE_FILES);
  const revision = await repository.commit({ "ops/features.yaml": `${EXAMPLE_FILES["ops/features.yaml"]}# theirs\n` });
  const { status, body } = await write("DELETE", `${N}/ops`, undefined, { dryRun: true, revision });
  t.is(status, 200, JSON.stringify(body));
  t.is(body.preview.revision, revision);
  t.true(body.preview.files[0].before.endsWith("# theirs\n"));
  t.is(await repository.head(), revision);
});

test("trials and writes at once leave what the writes alone do", async (t) => {
  const { repository, call, write, daemon } = await start(t, "remote", EXAMPLE_FILES);
  const F = `${N}/default/resources`;
  const put = (index: number, wishes: Json) => {
    const key = `f${index}`;
    const payload = { "@type": "flipt.core.Flag", key, name: key, type: "BOOLEAN_FLAG_TYPE" };
    return write("POST", F, { key, payload }, wishes);
  };
  const before = (await call("GET", "/api/status")).body.storages[0];
  const trials = await Promise.all(Array.from({ length: 40 }, (_, index) => put(index, { dryRun: true })));
  t.deepEqual(new Set(trials.map(({ status }) => status)), new Set([200]));
  const after = (await call("GET", "/api/status")).body.storages[0];
  for (const name of ["state", "revision", "environments", "quarantined", "lastError"])
    t.deepEqual(after[name], before[name]);
  t.is((await call("GET", `${F}/flipt.core.Flag`)).body.resources.length, 5);
  const all = await Promise.all(
    Array.from({ length: 80 }, (_, index) =>
      put(index >> 1, index % 2 === 0 ? { dryRun: true } : { message: `m${index}` }),
    ),
  );
  const answers = all.filter((_, index) => index % 2 === 1);
  t.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  // Whether a flag was there already when it was tried is a matter of who came first.
  for (const { status } of all) t.true(status === 200 || status === 409);
  t.is(await repository.git("rev-list", "--count", "main"), "41");
  const subjects = (await repository.git("log", "-40", "--format=%s")).split("\n").sort();
  t.deepEqual(subjects, Array.from({ length: 40 }, (_, index) => `m${2 * index + 1}`).sort());
  t.is(daemon.lines.filter(({ event }) => event === "write.committed").length, 40);
});

test("trials beyond the queue are refused until there is room again", async (t) => {
  const { write } = await start(t, "local", EXAMPLE_FILES, { config: { server: { write_queue: 2 } } });
  const ask = () => write("POST", N, { key: "tried" }, { dryRun: true });
  const statuses = new Set<number>();
  // Connections are open from the second time on, so that all come at once, unless the machine is busy otherwise.
  for (let round = 0; round < 20 && !statuses.has(429); round += 1) {
    for (const { status } of await Promise.all(Array.from({ length: 200 }, ask))) statuses.add(status);
  }
  t.deepEqual([...statuses].sort(), [200, 429]);
  t.is((await ask()).status, 200);
});
