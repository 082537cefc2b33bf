import { execFileSync } from "node:child_process";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { eventually, type Json } from "../helpers/daemon/daemon.js";
import { type InProcessDaemon, inProcessDaemon } from "../helpers/daemon/in-process.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { startFaultServer } from "../helpers/git-servers/fault-server.js";
import {
  EXAMPLE_FILES,
  type TemporaryRepository,
  temporaryRepository,
} from "../helpers/repositories/temporary-repository.js";

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

async function call(daemon: InProcessDaemon, method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${daemon.url()}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(60_000),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const RESOURCES = "/api/v2/environments/default/namespaces/default/resources";

function putBanner(daemon: InProcessDaemon, enabled: boolean, revision?: string): Promise<Answer> {
  return call(daemon, "PUT", RESOURCES, {
    key: "banner",
    ...(revision === undefined ? {} : { revision }),
    payload: { "@type": "flipt.core.Flag", key: "banner", name: "Banner", type: "BOOLEAN_FLAG_TYPE", enabled },
  });
}

async function start(
  t: ExecutionContext,
  storage: object = {},
  config: object = {},
): Promise<{ remote: TemporaryRepository; daemon: InProcessDaemon }> {
  const remote = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const daemon = await inProcessDaemon(t, {
    storage: { default: { remote: remote.path, poll_interval: "1h", ...storage } },
    ...config,
  });
  await daemon.start();
  return { remote, daemon };
}

async function hook(remote: TemporaryRepository, script: string): Promise<void> {
  const path = join(remote.path, "hooks", "pre-receive");
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

test("a write to a file that others changed is refused with 409, pushes nothing, and the next one is decided on what is there", async (t) => {
  const { remote, daemon } = await start(t);
  const known = await remote.head();
  const found = await remote.commit({ "default/features.yaml": `${EXAMPLE_FILES["default/features.yaml"]}# theirs\n` });
  const refused = await putBanner(daemon, false);
  t.is(refused.status, 409);
  t.is(refused.body.code, 10);
  for (const part of ["default/features.yaml", known, found])
    t.true(refused.body.message.includes(part), refused.body.message);
  t.is(await remote.head(), found);
  t.is((await putBanner(daemon, false)).status, 200);
  t.is(await remote.git("rev-parse", "main^"), found);
  t.regex(await remote.read("default/features.yaml"), /# theirs$/);
});

test("a write to a file that nobody changed goes on top of whatever else has changed", async (t) => {
  const { remote, daemon } = await start(t);
  const theirs = await remote.commit({ "ops/features.yaml": "namespace: ops\n", "other.txt": "x" });
  const written = await putBanner(daemon, false);
  t.is(written.status, 200);
  t.is(await remote.git("rev-parse", "main^"), theirs);
  t.is(await remote.head(), written.body.revision);
  t.is(await remote.read("ops/features.yaml"), "namespace: ops");
});

test("a named revision conflicts only if the file changed since, and an unknown one always does", async (t) => {
  const { remote, daemon } = await start(t);
  const old = await remote.head();
  t.is(
    (await call(daemon, "POST", "/api/v2/environments/default/namespaces", { key: "team", name: "Team" })).status,
    200,
  );
  t.is((await putBanner(daemon, false, old)).status, 200);
  const stale = await putBanner(daemon, true, old);
  t.is(stale.status, 409);
  t.is(
    stale.body.message,
    `resource type "flipt.core.Flag": expected head revision "${old}" has changed (now "${await remote.head()}")`,
  );
  t.is((await putBanner(daemon, true, "1234567890123456789012345678901234567890")).status, 409);
  t.is((await putBanner(daemon, true, "not hex")).status, 200);
});

test("a revision that this daemon has not fetched yet is looked up on the remote before it is called unknown", async (t) => {
  const { remote, daemon } = await start(t);
  const named = await remote.commit({ "default/features.yaml": `${EXAMPLE_FILES["default/features.yaml"]}# theirs\n` });
  const head = await remote.commit({ "other.txt": "x" });
  t.is((await putBanner(daemon, false, named)).status, 200);
  t.is(await remote.git("rev-parse", "main^"), head);
  await remote.commit({ "default/features.yaml": `${await remote.read("default/features.yaml")}\n# theirs again\n` });
  const stale = await putBanner(daemon, true, named);
  t.is(stale.status, 409);
  t.regex(stale.body.message, new RegExp(`now "${await remote.head()}"`));
  const served = await call(daemon, "GET", "/api/v2/environments/default/namespaces");
  t.is(served.body.revision, await remote.head(), "what refused it is served");
});

test("a write is not refused for the sake of one that does not land", async (t) => {
  const { remote, daemon } = await start(t);
  const signs = await temporaryDirectory(t);
  // The first push waits until the others queue up behind it; the second, with those, is refused.
  await hook(
    remote,
    `echo >> ${signs}/pushes; [ $(wc -l < ${signs}/pushes) = 1 ] || { echo "not this one" >&2; exit 1; }; while [ ! -e ${signs}/go ]; do sleep 0.05; done`,
  );
  const create = (key: string, name: string): Promise<Answer> =>
    call(daemon, "POST", "/api/v2/environments/default/namespaces", { key, name });
  const first = create("first", "First");
  await eventually(
    () => readFile(join(signs, "pushes"), "utf8").catch(() => ""),
    (text) => text !== "",
  );
  const queued = [create("twin", "One"), create("twin", "Two")];
  await writeFile(join(signs, "go"), "");
  t.is((await first).status, 200);
  for (const answer of await Promise.all(queued)) {
    t.is(answer.status, 403, "neither landed, so neither exists for the other");
    t.regex(answer.body.message, /not this one/);
  }
});

test("what the remote refuses is a 403 with its own words, and the next write works", async (t) => {
  const { remote, daemon } = await start(t);
  await hook(remote, "echo 'flags are frozen until Monday' >&2; exit 1");
  const before = await remote.head();
  const refused = await putBanner(daemon, false);
  t.is(refused.status, 403);
  t.is(refused.body.code, 7);
  t.regex(refused.body.message, /flags are frozen until Monday/);
  t.is(await remote.head(), before);
  await hook(remote, "exit 0");
  t.is((await putBanner(daemon, false)).status, 200);
});

test("of a group that the remote refuses only the commits refused alone get the error", async (t) => {
  const { remote, daemon } = await start(t);
  // Slow enough that writes queue up behind the first one; it refuses whatever touches the namespace "bad".
  await hook(
    remote,
    'sleep 0.3; while read old new ref; do git diff --name-only "$old" "$new" | grep -q "^bad/" && { echo "no bad ones" >&2; exit 1; }; done; exit 0',
  );
  const keys = ["one", "two", "bad", "three", "four"];
  const answers = await Promise.all(
    keys.map((key) => call(daemon, "POST", "/api/v2/environments/default/namespaces", { key, name: key })),
  );
  t.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 403, 200, 200],
  );
  const tree = await remote.git("ls-tree", "--name-only", "main");
  t.deepEqual(
    keys.filter((key) => tree.split("\n").includes(key)),
    ["one", "two", "three", "four"],
  );
});

test("a read-only storage answers 403 to every write", async (t) => {
  const { daemon } = await start(t, { read_only: true });
  const answer = await putBanner(daemon, false);
  t.is(answer.status, 403);
  t.is(answer.body.code, 7);
});

test("above server.write_queue a write is 429 with Retry-After, those before it go through", async (t) => {
  const { remote, daemon } = await start(t, {}, { server: { write_queue: 2 } });
  const signs = await temporaryDirectory(t);
  await hook(remote, `while [ ! -e ${signs}/go ]; do sleep 0.05; done`);
  const waiting = [putBanner(daemon, false), putBanner(daemon, true)];
  const full = await eventually(
    () => putBanner(daemon, false),
    ({ status }) => status === 429,
  );
  t.is(full.body.code, 8);
  t.true(Number(full.headers.get("retry-after")) >= 1);
  await writeFile(join(signs, "go"), "");
  for (const answer of await Promise.all(waiting)) t.is(answer.status, 200);
});

test("where the remote's repository is gone a write is 503, and works when it is back", async (t) => {
  const { remote, daemon } = await start(t, { poll_interval: "1h" });
  await rename(remote.path, `${remote.path}.away`);
  const gone = await putBanner(daemon, false);
  t.is(gone.status, 503);
  t.regex(gone.body.message, /nothing was written: .*there is no such directory/);
  await rename(`${remote.path}.away`, remote.path);
  t.is((await putBanner(daemon, false)).status, 200);
});

test("without its remote a write is 503 and is not made later", async (t) => {
  const remote = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const server = await startFaultServer(t, remote.path);
  const daemon = await inProcessDaemon(t, {
    storage: {
      default: {
        remote: server.url,
        poll_interval: "1s",
        fetch_policy: "lenient",
        timeouts: { connect: "1s", first_byte: "1s", idle: "1s" },
      },
    },
  });
  await (await daemon.start()).settled;
  const before = await remote.head();
  await server.fail({ type: "refused" });
  const answer = await putBanner(daemon, false);
  t.is(answer.status, 503);
  t.is(answer.body.code, 14);
  await server.fail(undefined);
  await eventually(
    () => call(daemon, "GET", "/api/status"),
    ({ body }) => body.storages[0].state === "ready",
  );
  t.is(await remote.head(), before);
});

for (const after of ["the answer is lost", "the connection is reset before the remote has it"] as const) {
  test(`when ${after}, the remote is asked, and the write is applied once`, async (t) => {
    const remote = await temporaryRepository(t, { files: EXAMPLE_FILES });
    const server = await startFaultServer(t, remote.path);
    const daemon = await inProcessDaemon(t, { storage: { default: { remote: server.url, poll_interval: "1h" } } });
    await daemon.start();
    await server.fail(
      after === "the answer is lost"
        ? { type: "reset", after: 0, on: ["push"], times: 1 }
        : { type: "drop", on: ["push"], times: 1 },
    );
    const written = await putBanner(daemon, false);
    t.is(written.status, 200);
    t.is(await remote.head(), written.body.revision);
    t.is(await remote.git("rev-list", "--count", "main"), "2");
  });
}

test("commits are signed by an ssh key, and native git calls the signature good", async (t) => {
  const directory = await temporaryDirectory(t);
  const key = join(directory, "key");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "flags", "-f", key]);
  const { remote, daemon } = await start(t, {
    signature: { name: "Flag Bot", email: "flags@example.com", enabled: true, type: "ssh", key_path: key },
  });
  t.is((await putBanner(daemon, false)).status, 200);
  const allowed = join(directory, "allowed");
  await writeFile(allowed, `flags@example.com ${await readFile(`${key}.pub`, "utf8")}`);
  const shown = await remote.git(
    "-c",
    `gpg.ssh.allowedSignersFile=${allowed}`,
    "log",
    "-1",
    "--format=%G? %an <%ae>",
    "main",
  );
  t.is(shown, "G Flag Bot <flags@example.com>");
});

test("a write changes no line that it does not mean to", async (t) => {
  const text = `# head of the file\n${EXAMPLE_FILES["default/features.yaml"]}# its end\n`;
  const remote = await temporaryRepository(t, { files: { "default/features.yaml": text } });
  const daemon = await inProcessDaemon(t, { storage: { default: { remote: remote.path, poll_interval: "1h" } } });
  await daemon.start();
  t.is((await putBanner(daemon, false)).status, 200);
  const changed = (await remote.git("diff", "-U0", "main^", "main"))
    .split("\n")
    .filter((line) => /^[-+](?![-+])/.test(line));
  t.true(
    changed.every((line) => /banner|Banner|type|name|enabled|key/.test(line)),
    changed.join("\n"),
  );
  t.true(changed.length <= 6, changed.join("\n"));
});
