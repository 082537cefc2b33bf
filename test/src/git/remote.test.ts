import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import type { RemoteOptions } from "@vexil/git/remote/open-remote";
import type { Remote } from "@vexil/git/remote/remote";
import { openRepository } from "@vexil/git/repository";
import type { Authenticator, Channel, HttpAuthenticator } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import test, { type ExecutionContext } from "ava";
import { startFaultServer } from "../helpers/git-servers/fault-server.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { fetchAll, fetchFrom, never, openTestRemote } from "../helpers/git-servers/remote-client.js";
import { mapBackend } from "../helpers/plugins/map-backend.js";
import { GIT_ENV } from "../helpers/repositories/native-git.js";
import {
  EXAMPLE_FILES,
  type TemporaryRepository,
  temporaryRepository,
} from "../helpers/repositories/temporary-repository.js";

const MAIN = "refs/heads/main";

/** A stream authenticator that starts native git here, as sshd would there. */
function localStream(path: string, acceptEnv: boolean, opened: string[] = []): Authenticator {
  const open = async (_: string, service: string, env: Readonly<Record<string, string>>): Promise<Channel> => {
    opened.push(service);
    const child = spawn("git", [service.slice(4), path], { env: { ...GIT_ENV, ...(acceptEnv ? env : {}) } });
    return {
      stdin: Writable.toWeb(child.stdin),
      stdout: Readable.toWeb(child.stdout) as ReadableStream<Uint8Array>,
      stderr: Readable.toWeb(child.stderr) as ReadableStream<Uint8Array>,
      exit: new Promise((resolve) => child.once("close", (code) => resolve(code ?? undefined))),
      close: () => child.kill(),
    };
  };
  return { type: "stream", open, close: async () => {} };
}

const noThin = (body: Buffer): Buffer => {
  // A server that refuses thin packs, or knows no side band at all, says so by leaving the words out.
  const text = body.toString("latin1");
  return Buffer.from(text.replace(" thin-pack", " xxxx-pack").replaceAll(" side-band", " xxxx-band"), "latin1");
};

type Open = (t: ExecutionContext, repository: TemporaryRepository) => Promise<Remote>;

const TRANSPORTS: Readonly<Record<string, Open>> = {
  "a file URL": async (t, { url }) => openTestRemote(t, url),
  "a path": async (t, { path }) => openTestRemote(t, path),
  HTTP: async (t, { path }) => openTestRemote(t, (await startGitHttpServer(t, path)).url),
  "HTTP of version 0 only": async (t, { path }) =>
    openTestRemote(t, (await startGitHttpServer(t, path, { protocol: 0 })).url),
  "HTTP of version 0 without thin packs and side bands": async (t, { path }) => {
    const server = await startFaultServer(t, path, { protocol: 0 });
    await server.fail({ type: "rewrite", on: ["greeting"], rewrite: noThin });
    return openTestRemote(t, server.url);
  },
  HTTPS: async (t, { path }) => {
    const server = await startGitHttpServer(t, path, { tls: {} });
    return openTestRemote(t, server.url, { tls: { caCertBytes: server.certificate?.ca, insecureSkipTls: false } });
  },
  "a stream": async (t, { path }) =>
    openTestRemote(t, "git@host:flags.git", { authenticator: localStream(path, true), credential: "key" }),
  "a stream that refuses the environment (version 0)": async (t, { path }) =>
    openTestRemote(t, "git@host:flags.git", { authenticator: localStream(path, false), credential: "key" }),
};

async function start(t: ExecutionContext, open: Open) {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const backend = mapBackend();
  return { repository, backend, local: openRepository(backend), remote: await open(t, repository) };
}

const AUTHOR = { name: "Vexil", email: "vexil@example.com" };

for (const [name, open] of Object.entries(TRANSPORTS)) {
  test(`over ${name}: refs, first load, one change, a push, rewritten history, a branch made and deleted`, async (t) => {
    const { repository, backend, local, remote } = await start(t, open);
    const first = (await repository.head()) as string;
    const readBase = (oids: readonly string[]) => backend.objects.read(oids);
    t.deepEqual([...(await remote.listRefs([MAIN, "refs/heads/flipt/"], never)).refs], [[MAIN, first]]);
    t.deepEqual([...(await remote.listRefs(["refs/heads/none"], never)).refs], []);
    const loaded = await fetchFrom(remote, { wants: [first] });
    t.deepEqual([loaded.shallow, loaded.filtered], [[first], false]);
    await backend.objects.write(loaded.objects);
    t.deepEqual([...(await local.listFiles(first, "", () => true)).keys()].sort(), Object.keys(EXAMPLE_FILES));

    const second = await repository.commit({ "ops/features.yaml": `${EXAMPLE_FILES["ops/features.yaml"]}# more\n` });
    const next = await fetchFrom(remote, { wants: [second], haves: [first], shallow: [first], readBase });
    // A depth makes servers send all of it again, unless the client takes thin packs.
    const sent = name.includes("without thin packs") ? 6 : 4;
    t.deepEqual([next.objects.length, next.shallow, next.unshallow], [sent, [second], []]);
    await backend.objects.write(next.objects);

    const { oid, objects } = await local.makeCommit({
      parents: [second],
      baseTree: (await local.readCommit(second))?.tree,
      changes: new Map([
        ["team/features.yaml", Buffer.from("namespace: team\n")],
        ["ops/features.yaml", undefined],
      ]),
      author: AUTHOR,
      message: "create namespace team",
      timestampMs: Date.now(),
      instance: "one",
    });
    const moved = await remote.push({ updates: [{ ref: MAIN, old: second, new: oid }], objects }, never);
    t.deepEqual([...moved.refs], [[MAIN, { ok: true }]]);
    t.is(await repository.head(), oid);
    await repository.git("fsck", "--strict");
    t.is(await repository.git("ls-tree", "-r", "--name-only", "main"), "default/features.yaml\nteam/features.yaml");
    await backend.objects.write(objects);

    const other = await repository.commit({ "a/features.yaml": "namespace: a\n" }, { root: true });
    const rewritten = await fetchFrom(remote, { wants: [other], haves: [oid], shallow: [second], readBase });
    await backend.objects.write(rewritten.objects);
    t.deepEqual([...(await local.listFiles(other, "", () => true)).keys()], ["a/features.yaml"]);

    const branch = "refs/heads/flipt/default/x";
    await remote.push({ updates: [{ ref: branch, old: undefined, new: other }], objects: [] }, never);
    t.is((await remote.listRefs(["refs/heads/flipt/"], never)).refs.get(branch), other);
    await remote.push({ updates: [{ ref: branch, old: other, new: undefined }], objects: [] }, never);
    t.deepEqual([...(await remote.listRefs(["refs/heads/flipt/"], never)).refs], []);
  });

  test(`over ${name}: an empty repository, a lost race, a hook's words, several refs at once`, async (t) => {
    const { repository, remote, local } = await start(t, open);
    const empty = await temporaryRepository(t);
    t.is((await (await open(t, empty)).listRefs([MAIN], never)).refs.size, 0);

    const first = (await repository.head()) as string;
    const commit = await local.makeCommit({
      parents: [first],
      baseTree: undefined,
      changes: new Map([["x/features.yaml", Buffer.from("namespace: x\n")]]),
      author: AUTHOR,
      message: "x",
      timestampMs: Date.now(),
      instance: "one",
    });
    const winner = await repository.commit({ y: "1" });
    const raced = await remote.push(
      { updates: [{ ref: MAIN, old: first, new: commit.oid }], objects: commit.objects },
      never,
    );
    t.deepEqual(raced.refs.get(MAIN)?.ok, false);
    t.is(await repository.head(), winner);

    await repository.git("update-ref", MAIN, first);
    const hook = join(repository.path, "hooks", "pre-receive");
    await writeFile(hook, "#!/bin/sh\necho 'only on Fridays' >&2\nexit 1\n", { mode: 0o755 });
    const declined = await remote.push(
      { updates: [{ ref: MAIN, old: first, new: commit.oid }], objects: commit.objects },
      never,
    );
    const result = declined.refs.get(MAIN);
    t.true(result?.ok === false && /pre-receive hook declined/.test(result.reason), JSON.stringify(result));
    t.regex(declined.messages, /only on Fridays/);
    await writeFile(hook, "#!/bin/sh\nexit 0\n", { mode: 0o755 });

    const both = await remote.push(
      {
        updates: [
          { ref: MAIN, old: first, new: commit.oid },
          { ref: "refs/heads/other", old: first, new: commit.oid },
        ],
        objects: commit.objects,
      },
      never,
    );
    t.true(
      [...both.refs.values()].every((status) => !status.ok),
      "all or nothing, since the second ref is not there",
    );
    t.is(await repository.head(), first);
  });

  test(`over ${name}: what is not there is not found`, async (t) => {
    const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
    const remote = await open(t, repository);
    await repository.git("config", "core.bare", "true");
    const unknown = "1".repeat(40);
    const error: unknown = await t.throwsAsync(fetchFrom(remote, { wants: [unknown] }), { any: true });
    t.true(VexilError.is(error) && error.code === "VEXIL_CONNECTION_REF_MOVED", String(error));
  });
}

test("a poll is one request of less than 1 kB on one kept connection, a change costs less than 5 kB", async (t) => {
  const files = Object.fromEntries(
    Array.from({ length: 400 }, (_, index) => [
      `n${index}/features.yaml`,
      `namespace: n${index}\n${"# filling\n".repeat(50)}`,
    ]),
  );
  const repository = await temporaryRepository(t, { files });
  const server = await startGitHttpServer(t, repository.path);
  const remote = openTestRemote(t, server.url);
  const first = (await remote.listRefs([MAIN], never)).refs.get(MAIN) as string;
  const backend = mapBackend();
  await backend.objects.write((await fetchFrom(remote, { wants: [first] })).objects);
  for (let poll = 0; poll < 5; poll += 1) {
    server.requests.length = 0;
    const { refs, bytes } = await remote.listRefs([MAIN, "refs/heads/flipt/"], never);
    t.is(refs.get(MAIN), first);
    t.is(server.requests.length, 1);
    const [request] = server.requests;
    t.true((request?.sent ?? 0) + (request?.received ?? 0) < 1000);
    t.is(request?.sent, bytes);
  }
  t.is(server.connections(), 1);
  server.requests.length = 0;
  const second = await repository.commit({ "n7/features.yaml": `${files["n7/features.yaml"]}flags: []\n` });
  await remote.listRefs([MAIN], never);
  const readBase = (oids: readonly string[]) => backend.objects.read(oids);
  const fetched = await fetchFrom(remote, { wants: [second], haves: [first], shallow: [first], readBase });
  t.is(fetched.objects.length, 4);
  t.is(server.requests.length, 2);
  t.true(server.requests.reduce((sum, { sent, received }) => sum + sent + received, 0) < 5000);
  t.is(server.connections(), 1);
});

test("a monorepo is fetched without its blobs, then only the wanted ones; a server that cannot sends all", async (t) => {
  const files = { ...EXAMPLE_FILES, "src/large.bin": "x".repeat(300_000) };
  for (const allowFilter of [true, false]) {
    const repository = await temporaryRepository(t, { files, allowFilter });
    const remote = openTestRemote(t, (await startGitHttpServer(t, repository.path)).url);
    const head = (await repository.head()) as string;
    const backend = mapBackend();
    const trees = await fetchFrom(remote, { wants: [head], withoutBlobs: true });
    t.is(trees.filtered, allowFilter);
    t.is(
      trees.objects.some((object) => object.type === "blob"),
      !allowFilter,
    );
    await backend.objects.write(trees.objects);
    if (!allowFilter) continue;
    const local = openRepository(backend);
    const wanted = await local.listFiles(head, "", (path) => path.endsWith("features.yaml"));
    const oids = [...wanted.values()].map((file) => file.oid);
    const blobs = await fetchAll(remote, { wants: oids, haves: [], shallow: [], readBase: async () => new Map() });
    await backend.objects.write(blobs.objects);
    t.is((await local.readBlobs(oids)).size, 2);
    t.true(blobs.bytes < 5000);
  }
});

test("history is deepened on demand, and infinite depth brings all of it", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  for (let index = 0; index < 5; index += 1) await repository.commit({ x: String(index) });
  const head = (await repository.head()) as string;
  const remote = openTestRemote(t, repository.url);
  const backend = mapBackend();
  const readBase = (oids: readonly string[]) => backend.objects.read(oids);
  const take = async (depth: number, shallow: readonly string[]) => {
    const haves = shallow.length === 0 ? [] : [head];
    const result = await fetchAll(remote, { wants: [head], haves, shallow, depth, readBase });
    await backend.objects.write(result.objects);
    return result;
  };
  t.deepEqual((await take(1, [])).shallow, [head]);
  const deeper = await take(3, [head]);
  t.deepEqual(deeper.unshallow, [head]);
  t.is(deeper.objects.filter((object) => object.type === "commit").length, 2);
  const all = await take(Number.POSITIVE_INFINITY, deeper.shallow);
  t.is(all.objects.filter((object) => object.type === "commit").length, 3);
  const root = await repository.git("rev-list", "--max-parents=0", "main");
  t.is(await openRepository(backend).isAncestor(root, head), true);
});

test("several commands share one channel of a stream, and a quiet poll leaves none open", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const opened: string[] = [];
  const authenticator = localStream(repository.path, true, opened);
  const remote = openTestRemote(t, "git@host:x", { authenticator, credential: "key" });
  const head = (await remote.listRefs([MAIN], never)).refs.get(MAIN) as string;
  await fetchFrom(remote, { wants: [head] });
  t.is(opened.length, 1);
  await remote.listRefs([MAIN], never);
  await remote.listRefs([MAIN], never);
  t.is(opened.length, 3);
});

interface Spy extends HttpAuthenticator {
  readonly asked: { readonly origin: string; readonly refresh: boolean }[];
  token: string;
}

function spyAuthenticator(type: "basic" | "bearer", refreshable = false): Spy {
  const spy: Spy = {
    type: "http",
    refreshable,
    token: "first",
    asked: [],
    headers: async (origin, { refresh }) => {
      spy.asked.push({ origin, refresh });
      if (refresh) spy.token = "second";
      const basic = Buffer.from(`u:${spy.token}`).toString("base64");
      return { authorization: type === "basic" ? `Basic ${basic}` : `Bearer ${spy.token}` };
    },
    close: async () => {},
  };
  return spy;
}

test("credentials are sent at once, read again once when refused, and named in the error", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const auth = (token: string) => ({ type: "bearer", token }) as const;
  const server = await startGitHttpServer(t, repository.path, { auth: auth("first") });
  const open = (authenticator: HttpAuthenticator): Remote =>
    openTestRemote(t, server.url, {
      authenticator,
      credential: "bot",
      storage: "flags",
    } satisfies Partial<RemoteOptions>);
  const spy = spyAuthenticator("bearer", true);
  const remote = open(spy);
  await remote.listRefs([MAIN], never);
  t.true(server.requests.every((request) => request.status === 200));
  server.setAuth(auth("second"));
  await remote.listRefs([MAIN], never);
  t.deepEqual(
    server.requests.map((request) => request.status),
    [200, 200, 401, 200],
  );
  server.setAuth(auth("third"));
  server.requests.length = 0;
  const refused: unknown = await t.throwsAsync(remote.listRefs([MAIN], never), { any: true });
  t.true(VexilError.is(refused) && refused.code === "VEXIL_AUTH_REJECTED");
  t.regex((refused as VexilError).message, /storage "flags".*"bot"/);
  t.is(server.requests.length, 2);
  t.true(spy.asked.every(({ origin }) => origin === server.origin));
  server.requests.length = 0;
  await t.throwsAsync(open(spyAuthenticator("bearer")).listRefs([MAIN], never));
  t.is(server.requests.length, 1, "a credential that cannot change is not tried twice");
});

test("a URL with user and password works and is never printed with them", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const auth = { type: "basic", username: "ada", password: "p@ss/word" } as const;
  const server = await startGitHttpServer(t, repository.path, { auth });
  const url = server.url.replace("//", "//ada:p%40ss%2Fword@");
  const remote = openTestRemote(t, url);
  t.is((await remote.listRefs([MAIN], never)).refs.size, 1);
  t.is(remote.displayUrl, server.url);
  server.setAuth({ ...auth, password: "other" });
  const error = await t.throwsAsync(remote.listRefs([MAIN], never));
  t.false(/p@ss|p%40ss/.test(error?.message ?? ""));
});

test("a redirect to another host takes no credential along", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const other = await startGitHttpServer(t, repository.path);
  const first = await startFaultServer(t, repository.path);
  await first.fail({ type: "redirect", to: other.origin });
  const remote = openTestRemote(t, first.url, { authenticator: spyAuthenticator("basic"), credential: "bot" });
  t.is((await remote.listRefs([MAIN], never)).refs.size, 1);
  t.is(other.requests.length, 2);
  t.true(other.requests.every(({ headers }) => headers.authorization === undefined));
});

test("a remote that is no repository, and one that no credential fits, are told before anything is sent", async (t) => {
  const missing: unknown = await t.throwsAsync(openTestRemote(t, "/no/such/flags.git").listRefs([MAIN], never), {
    any: true,
  });
  t.true(VexilError.is(missing) && missing.code === "VEXIL_REMOTE_NOT_FOUND");
  const folder = await temporaryRepository(t);
  const notGit: unknown = await t.throwsAsync(openTestRemote(t, join(folder.path, "hooks")).listRefs([MAIN], never), {
    any: true,
  });
  t.true(VexilError.is(notGit) && notGit.code === "VEXIL_REMOTE_NOT_FOUND", String(notGit));
  t.throws(() => openTestRemote(t, "https://u:hunter2@host:port/x"), { message: /^(?!.*hunter2).*cannot be read/ });
  t.throws(() => openTestRemote(t, "git@host:flags.git"), { message: /ssh/ });
  t.throws(() => openTestRemote(t, "ssh://host/flags.git", { authenticator: spyAuthenticator("basic") }), {
    message: /ssh/,
  });
  const stream = localStream(folder.path, true);
  t.throws(() => openTestRemote(t, "https://host/flags.git", { authenticator: stream }), { message: /ssh/ });
});
