import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { startDaemon } from "../helpers/daemon/daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { type Scope, temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { slowLink } from "../helpers/network/slow-link.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { type TemporaryRepository, temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { type BenchRow, compare, median } from "./row.js";

const ROUNDS = 15;
const ROUND_TRIP_MS = 50;
const WRITERS = 50;

/** Measures the cost of an acknowledged write. */
export async function benchWrites(scope: Scope): Promise<readonly BenchRow[]> {
  return [
    await besideNativeGit(scope),
    await manyWriters(scope),
    await moreNamespaces(scope),
    ...(await moreFlags(scope)),
  ];
}

type Write = () => Promise<void>;

/** A daemon in this process, and a write that changes the next flag of a namespace. */
async function startWriter(scope: Scope, storage: Record<string, unknown>, flags: number): Promise<Write> {
  const daemon = await inProcessDaemon(scope, { storage: { default: { poll_interval: "1h", ...storage } } });
  await (await daemon.start()).settled;
  return writerTo(() => daemon.url(), flags);
}

/** The same with the daemon as a process of its own: beside it are the load and the git server. */
async function startWriterApart(scope: Scope, storage: Record<string, unknown>, flags: number): Promise<Write> {
  const config = { storage: { default: { poll_interval: "1h", ...storage } }, log: { level: "info" } };
  const { url } = await startDaemon(scope, { config });
  return writerTo(() => url, flags);
}

function writerTo(url: () => string, flags: number): Write {
  let count = 0;
  return async () => {
    count += 1;
    const key = `flag-${count % flags}`;
    const payload = {
      "@type": "flipt.core.Flag",
      key,
      name: `Name ${count}`,
      type: "BOOLEAN_FLAG_TYPE",
      enabled: true,
    };
    const response = await fetch(`${url()}/api/v2/environments/default/namespaces/n0/resources`, {
      method: "PUT",
      body: JSON.stringify({ key, payload }),
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(text);
  };
}

function features(namespace: string, flags: number): string {
  const items = Array.from({ length: flags }, (_, index) =>
    [
      `  # number ${index}`,
      `  - key: flag-${index}`,
      `    name: Flag ${index}`,
      "    type: BOOLEAN_FLAG_TYPE",
      "    description: switches something on for some users",
      "    enabled: false",
      "    rollouts:",
      "      - segment: {key: beta, value: true}",
      "      - threshold: {percentage: 50, value: true}",
    ].join("\n"),
  );
  return `namespace: ${namespace}\nflags:\n${items.join("\n")}\nsegments:\n  - {key: beta, name: Beta, match_type: ANY_MATCH_TYPE}\n`;
}

function repositoryOf(scope: Scope, namespaces: number, flags: number): Promise<TemporaryRepository> {
  const names = Array.from({ length: namespaces }, (_, index) => `n${index}`);
  return temporaryRepository(scope, {
    files: Object.fromEntries(names.map((name) => [`${name}/features.yaml`, features(name, flags)])),
  });
}

async function besideNativeGit(scope: Scope): Promise<BenchRow> {
  const ours = await startGitHttpServer(scope, (await repositoryOf(scope, 10, 50)).path);
  const theirs = await startGitHttpServer(scope, (await repositoryOf(scope, 10, 50)).path);
  const write = await startWriter(scope, { remote: ours.url }, 50);
  const clone = join(await temporaryDirectory(scope), "work");
  await nativeGit(["clone", "-q", theirs.url, clone]);
  let count = 0;
  const native = async (): Promise<void> => {
    count += 1;
    await writeFile(join(clone, "n0/features.yaml"), features("n0", 50).replace("Flag 7", `Name ${count}`));
    await nativeGit(["commit", "-qam", `update flag n0/flag-7`], { cwd: clone });
    await nativeGit(["push", "-q"], { cwd: clone });
  };
  await write();
  const row = { measure: "one write, acknowledged by the remote", goal: "≤ 1×", against: "git commit && git push" };
  return compare(row, ROUNDS, write, native);
}

async function manyWriters(scope: Scope): Promise<BenchRow> {
  const server = await startGitHttpServer(scope, (await repositoryOf(scope, 10, 200)).path);
  const port = await slowLink(scope, server.port, ROUND_TRIP_MS);
  const write = await startWriterApart(scope, { remote: server.url.replace(`:${server.port}/`, `:${port}/`) }, 200);
  // Both ways of writing once before they are measured: what runs for the first time is compiled.
  await rate(WRITERS, 4 * WRITERS, write);
  const one = await rate(1, 20, write);
  const many = await rate(WRITERS, 20 * WRITERS, write);
  return {
    measure: `acknowledged writes/s with ${WRITERS} writers, remote ${ROUND_TRIP_MS} ms away`,
    goal: "≥ 20×",
    figure: `${many.toFixed(0)}/s`,
    reference: `${one.toFixed(1)}/s (1 writer)`,
    ratio: many / one,
  };
}

async function rate(writers: number, writes: number, write: Write): Promise<number> {
  let left = writes;
  const start = performance.now();
  const work = async (): Promise<void> => {
    while (left-- > 0) await write();
  };
  await Promise.all(Array.from({ length: writers }, work));
  return (writes * 1000) / (performance.now() - start);
}

async function localWriter(scope: Scope, namespaces: number, flags: number): Promise<Write> {
  const { path } = await repositoryOf(scope, namespaces, flags);
  const write = await startWriter(scope, { backend: { type: "local", path } }, flags);
  for (let count = 0; count < 3; count++) await write();
  return write;
}

async function moreNamespaces(scope: Scope): Promise<BenchRow> {
  const few = await localWriter(scope, 100, 5);
  const many = await localWriter(scope, 2000, 5);
  return compare(
    { measure: "one commit at 2,000 namespaces", goal: "≤ 1.5×", against: "100 namespaces" },
    ROUNDS,
    many,
    few,
  );
}

async function moreFlags(scope: Scope): Promise<readonly BenchRow[]> {
  const few = await localWriter(scope, 1, 50);
  const many = await localWriter(scope, 1, 5000);
  const row = { measure: "one write to a file of 5,000 flags", goal: "≤ 3×", against: "50 flags" };
  const compared = await compare(row, ROUNDS, many, few);
  const blocks: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await many();
    delay.disable();
    blocks.push(delay.max / 1e6);
  }
  const block = median(blocks);
  return [
    compared,
    {
      measure: "longest block of the event loop meanwhile (median of writes)",
      goal: "≤ 50 ms",
      figure: `${block.toFixed(1)} ms`,
      reference: "50 ms",
      ratio: block / 50,
    },
  ];
}
