import { performance } from "node:perf_hooks";
import { bannerClient } from "../helpers/daemon/banner-client.js";
import { startDaemon } from "../helpers/daemon/daemon.js";
import type { Scope } from "../helpers/files/temporary-directory.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { committer } from "../helpers/repositories/committer.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import {
  EXAMPLE_FILES,
  type TemporaryRepository,
  temporaryRepository,
} from "../helpers/repositories/temporary-repository.js";
import { type BenchRow, median } from "./row.js";

const ALONE = 20;
const BESIDE = Number(process.env.VEXIL_BESIDE_WRITES ?? 60);

const REMOTES = {
  "without a remote": undefined,
  "with a remote on this disk": async (_scope: Scope, { path }: TemporaryRepository) => path,
  "with a remote over HTTP": async (scope: Scope, { path }: TemporaryRepository) =>
    (await startGitHttpServer(scope, path)).url,
} as const;

/** Measures a write to a user's clone while that user commits every 30 ms, and how many writes are refused. */
export async function benchBesideCommitter(scope: Scope): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const [kind, remoteOf] of Object.entries(REMOTES)) {
    const remote = await temporaryRepository(scope, { files: { ...EXAMPLE_FILES, "NOTES.md": "# Notes\n" } });
    const path = await remote.clone();
    if (remoteOf === undefined) await nativeGit(["-C", path, "remote", "remove", "origin"]);
    const upstream = remoteOf === undefined ? {} : { remote: await remoteOf(scope, remote), poll_interval: "1s" };
    const storage = { default: { backend: { type: "local", path }, ...upstream } };
    const daemon = await startDaemon(scope, { config: { storage, log: { level: "info" } } });
    const { write } = bannerClient(() => daemon.url);
    await takeTimes(write, 3);
    const alone = await takeTimes(write, ALONE);
    const user = await committer(scope, path, "NOTES.md");
    const beside = await takeTimes(write, BESIDE);
    const { length } = await user.end();
    await daemon.stop();
    const refused = alone.refused + beside.refused;
    const sorted = [...beside.took].sort((a, b) => a - b);
    const nine = sorted[Math.floor(sorted.length * 0.9)] ?? Number.NaN;
    rows.push({
      measure: `a write beside ${length} commits of a user, ${kind}`,
      goal: "p50 ≤ 300 ms",
      figure: `p50 ${median(beside.took).toFixed(0)} ms, p90 ${nine.toFixed(0)} ms, ${refused} refused`,
      reference: `p50 ${median(alone.took).toFixed(0)} ms alone`,
      ratio: median(beside.took) / median(alone.took),
    });
  }
  return rows;
}

async function takeTimes(
  write: ReturnType<typeof bannerClient>["write"],
  count: number,
): Promise<{ readonly took: readonly number[]; readonly refused: number }> {
  const took: number[] = [];
  let refused = 0;
  for (let index = 0; index < count; index += 1) {
    const began = performance.now();
    if ((await write(index % 2 === 1)).status !== 200) refused += 1;
    took.push(performance.now() - began);
  }
  return { took, refused };
}
