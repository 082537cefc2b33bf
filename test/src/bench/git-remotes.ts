import { randomBytes } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { systemClock } from "@vexil/engine/model/clock";
import { RemoteSync } from "@vexil/engine/storage/fetch/remote-sync";
import { isWantedPath } from "@vexil/flags/read/feature-paths";
import { openRepository } from "@vexil/git/repository";
import { type Scope, temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { fetchFrom, never, openTestRemote } from "../helpers/git-servers/remote-client.js";
import { mapBackend, shallowMapBackend } from "../helpers/plugins/map-backend.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { type TemporaryRepository, temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { type BenchRow, compare } from "./row.js";

const MAIN = "refs/heads/main";
const ROUNDS = 5;

/** Measures the cost of git, beside native git: first loads, a quiet poll, a push. */
export async function benchGitRemotes(scope: Scope): Promise<readonly BenchRow[]> {
  const small = await flagRepository(scope, 100, 50);
  const large = await flagRepository(scope, 2000, 50);
  return [
    await firstLoad(scope, small, "first load of 100 namespaces × 50 flags, fetched and read"),
    await firstLoad(scope, large, "first load of 2,000 namespaces × 50 flags, fetched and read"),
    await longestBlock(scope, large),
    await quietPoll(scope, small),
    await onePush(scope, small, "one commit pushed, 100 namespaces"),
    await onePush(scope, large, "one commit pushed, 2,000 namespaces"),
  ];
}

/** A repository of generated features files, packed as a server's would be. */
export async function flagRepository(scope: Scope, namespaces: number, flags: number): Promise<TemporaryRepository> {
  const files = Object.fromEntries(
    Array.from({ length: namespaces }, (_, index) => [`n${index}/features.yaml`, featuresFile(`n${index}`, flags)]),
  );
  const repository = await temporaryRepository(scope, { files });
  await repository.git("gc", "-q");
  return repository;
}

function featuresFile(namespace: string, flags: number): string {
  const lines = [`namespace: ${namespace}`, "flags:"];
  for (let index = 0; index < flags; index += 1) {
    // Random words, so that files differ and compress as users' files do.
    const noise = randomBytes(24).toString("base64");
    lines.push(
      `  - key: flag-${index}`,
      `    name: Flag ${index} of ${namespace}`,
      `    description: "${noise}"`,
      "    type: VARIANT_FLAG_TYPE",
      "    enabled: true",
      "    variants:",
      `      - {key: on, attachment: {value: "${noise.slice(0, 8)}"}}`,
      "      - {key: off, default: true}",
      "    rules:",
      "      - {segment: beta, distributions: [{variant: on, rollout: 50}, {variant: off, rollout: 50}]}",
    );
  }
  return `${lines.join("\n")}\n`;
}

async function firstLoad(scope: Scope, repository: TemporaryRepository, measure: string): Promise<BenchRow> {
  const server = await startGitHttpServer(scope, repository.path);
  const count = Number((await repository.git("ls-tree", "-r", "--name-only", "main")).split("\n").length);
  const ours = async (): Promise<void> => {
    const backend = shallowMapBackend();
    // As a storage in memory does it: the trees first, to see whether there is much else in the repository.
    const sync = new RemoteSync(openTestRemote(scope, server.url), backend, "main", systemClock, {
      file: (path) => isWantedPath("", path),
    });
    const head = (await sync.download(never)).heads.get("main") as string;
    const local = openRepository(backend);
    const files = await local.listFiles(head, "", (path) => path.endsWith("/features.yaml"));
    const blobs = await local.readBlobs([...files.values()].map((file) => file.oid));
    if (blobs.size !== count) throw new Error(`${blobs.size} of ${count} files`);
  };
  const native = async (): Promise<void> => {
    const target = join(await temporaryDirectory(scope), "clone");
    await nativeGit(["clone", "-q", "--depth", "1", server.url, target]);
    const paths = (await readdir(target)).filter((name) => name !== ".git");
    const texts = await Promise.all(paths.map((name) => readFile(join(target, name, "features.yaml"))));
    if (texts.length !== count) throw new Error(`${texts.length} of ${count} files`);
  };
  return compare({ measure, goal: "≤ 1.5×", against: "git clone --depth 1 and reading" }, ROUNDS, ours, native);
}

/** How long the event loop stands still at most while the large repository arrives and is taken apart. */
async function longestBlock(scope: Scope, repository: TemporaryRepository): Promise<BenchRow> {
  const limitMs = 50;
  const remote = openTestRemote(scope, repository.url);
  const head = (await remote.listRefs([MAIN], never)).refs.get(MAIN) as string;
  const resolutionMs = 1;
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  await fetchFrom(remote, { wants: [head] });
  delays.disable();
  const figure = delays.max / 1e6 - resolutionMs;
  return {
    measure: "longest block of the event loop while 2,000 namespaces × 50 flags arrive",
    goal: "≤ 1×",
    figure: `${figure.toFixed(1)} ms`,
    reference: `${limitMs} ms`,
    ratio: figure / limitMs,
  };
}

async function quietPoll(scope: Scope, repository: TemporaryRepository): Promise<BenchRow> {
  const server = await startGitHttpServer(scope, repository.path);
  const remote = openTestRemote(scope, server.url);
  await remote.listRefs([MAIN], never);
  const row = { measure: "quiet poll over HTTP", goal: "≤ 1×", against: "git ls-remote" };
  const ours = async (): Promise<void> => {
    await remote.listRefs([MAIN], never);
  };
  const native = async (): Promise<void> => {
    await nativeGit(["ls-remote", server.url, MAIN]);
  };
  return compare(row, ROUNDS * 3, ours, native);
}

async function onePush(scope: Scope, repository: TemporaryRepository, measure: string): Promise<BenchRow> {
  const server = await startGitHttpServer(scope, repository.path);
  const remote = openTestRemote(scope, server.url);
  const work = join(await temporaryDirectory(scope), "work");
  await nativeGit(["clone", "-q", "--depth", "1", server.url, work]);
  const backend = mapBackend();
  let head = (await remote.listRefs([MAIN], never)).refs.get(MAIN) as string;
  await backend.objects.write((await fetchFrom(remote, { wants: [head] })).objects);
  const local = openRepository(backend);
  let serial = 0;
  // The two write to branches of their own, so that neither has to catch up with the other.
  await repository.git("update-ref", "refs/heads/ours", head);
  const ours = async (): Promise<void> => {
    serial += 1;
    const { oid, objects } = await local.makeCommit({
      parents: [head],
      baseTree: (await local.readCommit(head))?.tree,
      changes: new Map([["n7/features.yaml", Buffer.from(`${featuresFile("n7", 50)}# ${serial}\n`)]]),
      author: { name: "Vexil", email: "vexil@example.com" },
      message: "change",
      timestampMs: Date.now(),
      instance: "bench",
    });
    const { refs } = await remote.push({ updates: [{ ref: "refs/heads/ours", old: head, new: oid }], objects }, never);
    if (refs.get("refs/heads/ours")?.ok !== true) throw new Error("not pushed");
    await backend.objects.write(objects);
    head = oid;
  };
  const native = async (): Promise<void> => {
    serial += 1;
    await writeFile(join(work, "n7", "features.yaml"), `${featuresFile("n7", 50)}# ${serial}\n`);
    await nativeGit(["-C", work, "commit", "-q", "-a", "-m", "change"]);
    await nativeGit(["-C", work, "push", "-q", server.url, "HEAD:main"]);
  };
  return compare({ measure, goal: "≤ 1×", against: "git commit and git push" }, ROUNDS, ours, native);
}
