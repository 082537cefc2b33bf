import fs from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import git from "isomorphic-git";
import http from "isomorphic-git/http/node";
import { eventually } from "../helpers/daemon/daemon.js";
import { type InProcessDaemon, inProcessDaemon } from "../helpers/daemon/in-process.js";
import { postgresServer } from "../helpers/databases/postgres-server.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import {
  EXAMPLE_FILES,
  type TemporaryRepository,
  temporaryRepository,
} from "../helpers/repositories/temporary-repository.js";

async function started(t: ExecutionContext, storage: Readonly<Record<string, object>>): Promise<InProcessDaemon> {
  const environments = Object.fromEntries(
    Object.keys(storage).map((name, index) => [name, { storage: name, default: index === 0 }]),
  );
  const daemon = await inProcessDaemon(t, { storage, environments });
  await (await daemon.start()).settled;
  return daemon;
}

async function origin(
  t: ExecutionContext,
): Promise<{ readonly repository: TemporaryRepository; readonly url: string }> {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  for (const number of [1, 2, 3]) await repository.commit({ "notes.txt": `${number}\n`.repeat(number * 200) });
  // Packed, with deltas.
  await repository.git("repack", "-q", "-a", "-d", "-f");
  await repository.git("pack-refs", "--all");
  const daemon = await started(t, { origin: { backend: { type: "local", path: repository.path } } });
  return { repository, url: `${daemon.url()}/git/origin` };
}

test("isomorphic-git clones and fetches from Vexil", async (t) => {
  const { repository, url } = await origin(t);
  const dir = await temporaryDirectory(t);
  await git.clone({ fs, http, dir, url });
  t.is(await git.resolveRef({ fs, dir, ref: "HEAD" }), (await repository.head()) ?? "");
  const head = await repository.commit({ "notes.txt": "4\n" });
  await git.fetch({ fs, http, dir, ref: "refs/remotes/origin/main", remoteRef: "refs/heads/main", singleBranch: true });
  t.is(await git.resolveRef({ fs, dir, ref: "refs/remotes/origin/main" }), head);
  await nativeGit(["fsck", "--full", "--strict"], { cwd: dir });
});

test("Vexil is a remote of Vexil, of one that keeps all and of one that keeps it in memory", async (t) => {
  const { repository, url } = await origin(t);
  const path = join(await temporaryDirectory(t), "copy.git");
  const daemon = await started(t, {
    memory: { remote: url, poll_interval: "1s", backend: { type: "memory" } },
    local: { remote: url, poll_interval: "1s", backend: { type: "local", path } },
  });
  const second = await started(t, {
    chained: { remote: `${daemon.url()}/git/memory`, poll_interval: "1s", backend: { type: "memory" } },
  });
  const served = async ({ url: base }: InProcessDaemon, environment: string): Promise<string> => {
    const response = await fetch(`${base()}/api/status`);
    const { storages } = (await response.json()) as { storages: { id: string; revision: string }[] };
    return storages.find(({ id }) => id === environment)?.revision ?? "";
  };
  for (const content of [undefined, "5\n", "6\n"]) {
    const head =
      content === undefined ? ((await repository.head()) ?? "") : await repository.commit({ "notes.txt": content });
    const isHead = (revision: string): boolean => revision === head;
    t.is(
      await eventually(() => served(daemon, "memory"), isHead),
      await eventually(() => served(daemon, "local"), isHead),
    );
    t.is(await eventually(() => served(second, "chained"), isHead), head);
  }
});

test("a clone of a storage that polls by depth 1 goes on with it", async (t) => {
  const { repository } = await origin(t);
  const daemon = await started(t, {
    copy: { remote: repository.path, poll_interval: "1s", backend: { type: "memory" } },
  });
  const path = join(await temporaryDirectory(t), "clone");
  await nativeGit(["clone", "-q", `${daemon.url()}/git/copy`, path]);
  for (const number of [1, 2, 3]) {
    const head = await repository.commit({ "notes.txt": `next ${number}\n` });
    const told = (): Promise<string> => nativeGit(["ls-remote", `${daemon.url()}/git/copy`, "main"]);
    await eventually(told, (line) => line.startsWith(head));
    await nativeGit(["pull", "-q", "--ff-only"], { cwd: path });
    t.is(await nativeGit(["rev-parse", "HEAD"], { cwd: path }), head);
    await nativeGit(["fsck", "--full", "--strict"], { cwd: path });
  }
  t.is(await nativeGit(["rev-list", "--count", "HEAD"], { cwd: path }), "4");
});

test("of a repository with thousands of other files, those come from its remote when they are cloned", async (t) => {
  const others = Object.fromEntries(Array.from({ length: 1_500 }, (_, number) => [`src/${number}.txt`, `${number}\n`]));
  const repository = await temporaryRepository(t, { files: { ...EXAMPLE_FILES, ...others } });
  const daemon = await started(t, { sparse: { remote: repository.url, backend: { type: "memory" } } });
  const path = join(await temporaryDirectory(t), "clone");
  await nativeGit(["clone", "-q", `${daemon.url()}/git/sparse`, path]);
  await nativeGit(["fsck", "--full", "--strict"], { cwd: path });
  t.is(await nativeGit(["rev-parse", "HEAD^{tree}"], { cwd: path }), await repository.git("rev-parse", "main^{tree}"));
  const partial = join(await temporaryDirectory(t), "partial");
  await nativeGit(["clone", "-q", "--filter=blob:none", `${daemon.url()}/git/sparse`, partial]);
  t.is(await nativeGit(["status", "--porcelain"], { cwd: partial }), "");
});

test("a storage that lives in PostgreSQL is cloned with all its history", async (t) => {
  t.timeout(180_000);
  const server = await postgresServer(t);
  const url = server.url({ database: await server.newDatabase() });
  const daemon = await started(t, { kept: { backend: { type: "postgres", url } } });
  const base = `${daemon.url()}/api/v2/environments/kept/namespaces`;
  const post = async (path: string, body: object): Promise<void> => {
    const response = await fetch(base + path, { method: "POST", body: JSON.stringify(body) });
    if (response.status !== 200) throw new Error(await response.text());
  };
  await post("", { key: "team", name: "Team" });
  for (const key of ["a", "b", "c"]) {
    await post("/team/resources", {
      key,
      payload: { "@type": "flipt.core.Flag", key, name: key, type: "BOOLEAN_FLAG_TYPE" },
    });
  }
  const path = join(await temporaryDirectory(t), "clone");
  await mkdir(path);
  await nativeGit(["clone", "-q", `${daemon.url()}/git/kept`, path]);
  await nativeGit(["fsck", "--full", "--strict"], { cwd: path });
  t.true(Number(await nativeGit(["rev-list", "--count", "HEAD"], { cwd: path })) >= 4);
  t.regex(await nativeGit(["show", "HEAD:team/features.yaml"], { cwd: path }), /key: c/);
});
