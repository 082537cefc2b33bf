import { subscribe } from "node:diagnostics_channel";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { openRepository } from "@vexil/git/repository";
import type { Scope } from "../helpers/files/temporary-directory.js";
import { openLocal } from "../helpers/plugins/local-backend.js";
import { FEATURES, type User, user } from "../helpers/repositories/user.js";
import { type BenchRow, median } from "./row.js";

const MAIN = "refs/heads/main";
const SECONDS = Number(process.env.VEXIL_BESIDE_SECONDS ?? 60);
/** Output of git when somebody else holds a lock that it needs. */
const MET = /index\.lock|cannot lock ref|is at [0-9a-f]+ but expected|stash(?: pop)?: exit 1: \s*$/;

/** How often a user's commands meet a lock of ours at one write a second, and how long our locks are held. */
export async function benchBesidePeople(scope: Scope): Promise<readonly BenchRow[]> {
  const human = await user(scope, { "ours/features.yaml": FEATURES, "mine/features.yaml": FEATURES });
  const backend = await openLocal(scope, human.path, { watch: false });
  const repository = openRepository(backend);
  const holds: number[] = [];
  subscribe("vexil:backend-local:lock-held", (message) => {
    const { path, heldMs } = message as { readonly path: string; readonly heldMs: number };
    if (path.endsWith("/index.lock")) holds.push(heldMs);
  });
  const until = performance.now() + SECONDS * 1000;
  let writes = 0;
  const daemon = async (): Promise<void> => {
    let started = performance.now();
    for (let round = 0; performance.now() < until; round += 1) {
      const old = (await backend.refs.list(MAIN)).get(MAIN) ?? "";
      const commit = await repository.makeCommit({
        parents: [old],
        baseTree: (await repository.readCommit(old))?.tree,
        changes: new Map([["ours/features.yaml", Buffer.from(`# ${round}\n`)]]),
        author: { name: "Vexil", email: "vexil@example.com" },
        message: `ours ${round}`,
        timestampMs: Date.now(),
        instance: "bench",
      });
      await backend.objects.write(commit.objects);
      const update = { ref: MAIN, old, new: commit.oid, reason: "commit: ours" };
      const applied = await backend.workTree?.apply(update, AbortSignal.timeout(30_000));
      // Somebody else moved the branch: at once again, as an API write is.
      if (applied?.type !== "applied") continue;
      writes += 1;
      await delay(Math.max(0, 1000 - (performance.now() - started)));
      started = performance.now();
    }
  };
  let commands = 0;
  const met: string[] = [];
  const git = async (...args: string[]): Promise<void> => {
    for (;;) {
      commands += 1;
      try {
        await human.git(...args);
        return;
      } catch (error) {
        if (!MET.test(String(error))) throw error;
        met.push(/expected/.test(String(error)) ? `${args[0]} outrun` : (args[0] ?? ""));
      }
    }
  };
  await Promise.all([daemon(), work(human, git, until)]);
  holds.sort((a, b) => a - b);
  const share = (met.length / commands) * 100;
  const rate = `${writes} writes in ${SECONDS} s`;
  return [
    {
      measure: `commands of a user that meet a lock of ours, ${rate}`,
      goal: "≤ 1 %",
      figure: `${share.toFixed(2)} %`,
      reference: `${met.length} of ${commands}${met.length === 0 ? "" : ` (${met.join(", ")})`}`,
      ratio: share,
    },
    {
      measure: "index lock held",
      goal: "milliseconds",
      figure: `${median(holds).toFixed(1)} ms`,
      reference: `${(holds.at(-1) ?? 0).toFixed(1)} ms at most, ${holds.length} times`,
      ratio: Number.NaN,
    },
  ];
}

/** Edits, adds, looks, stashes and commits without a pause. */
async function work(human: User, git: (...args: string[]) => Promise<void>, until: number): Promise<void> {
  for (let round = 1; performance.now() < until; round += 1) {
    await human.edit({ "mine/features.yaml": `# ${round}\n` });
    await git("add", "mine/features.yaml");
    await git("status", "--porcelain");
    if (round % 3 === 0) {
      await git("stash");
      await git("stash", "pop");
    }
    await git("commit", "-qam", `mine ${round}`);
  }
}
