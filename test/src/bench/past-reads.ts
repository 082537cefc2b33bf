import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import type { Scope } from "../helpers/files/temporary-directory.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { type BenchRow, compare } from "./row.js";

const COMMITS = 1_000;
const FLAGS = 50;
const ROUNDS = 9;
const EVALUATIONS = 200;
const GOAL_MS = 5_000;

/** Commits that each change one flag; the first turns `f0` on, and nothing else ever concerns it. */
function history(): string {
  const parts: string[] = ["reset refs/heads/main\n"];
  const names = Array.from({ length: FLAGS }, (_, index) => `F ${index}`);
  for (let commit = 0; commit <= COMMITS; commit += 1) {
    names[1 + (commit % (FLAGS - 1))] = `F at ${commit}`;
    const flags = names.map(
      (name, index) =>
        `- {key: f${index}, name: ${name}, type: BOOLEAN_FLAG_TYPE, enabled: ${index > 0 || commit > 0}}`,
    );
    const text = `namespace: default\nflags:\n${flags.join("\n")}\n`;
    parts.push(`commit refs/heads/main\ncommitter A <a@b.c> ${1_700_000_000 + commit} +0000\ndata 1\nx\n`);
    parts.push(`M 100644 inline default/features.yaml\ndata ${text.length}\n${text}\n`);
  }
  return `${parts.join("")}done\n`;
}

/** Evaluations at a past commit beside those of now, and the search for a commit in a long history. */
export async function benchPastReads(scope: Scope): Promise<readonly BenchRow[]> {
  const repository = await temporaryRepository(scope);
  await nativeGit(["-C", repository.path, "fast-import", "--quiet", "--done"], { input: history() });
  const daemon = await inProcessDaemon(scope, {
    storage: { main: { backend: { type: "local", path: repository.path } } },
    environments: { default: { storage: "main", default: true } },
  });
  await (await daemon.start()).settled;
  const post = async (path: string, body: unknown): Promise<void> => {
    const response = await fetch(`${daemon.url()}/${path}`, { method: "POST", body: JSON.stringify(body) });
    const text = await response.text();
    if (response.status !== 200) throw new Error(text);
  };
  const at = await repository.git("rev-parse", "main~300");
  const evaluate = async (more: object): Promise<void> => {
    for (let count = 0; count < EVALUATIONS; count += 1) {
      await post("evaluate/v1/boolean", { flagKey: "f1", entityId: `e${count}`, ...more });
    }
  };
  await evaluate({ at });
  const row = { measure: "evaluation at a commit, warm", goal: "≤ 2×", against: "of now" };
  const warm = await compare(
    row,
    ROUNDS,
    () => evaluate({ at }),
    () => evaluate({}),
  );
  const started = performance.now();
  await post("api/v2/environments/default/bisect", { flagKey: "f0", entityId: "e", from: `main~${COMMITS}` });
  const tookMs = performance.now() - started;
  return [
    warm,
    {
      measure: `bisect over ${COMMITS} commits of one file`,
      goal: "≤ 1×",
      figure: `${Math.round(tookMs)} ms`,
      reference: `${GOAL_MS} ms (the goal)`,
      ratio: tookMs / GOAL_MS,
    },
  ];
}
