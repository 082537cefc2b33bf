import { join } from "node:path";
import { type Scope, temporaryDirectory } from "../files/temporary-directory.js";
import { nativeGit } from "./native-git.js";

/** A bare repository with a history that was drawn by lot. */
export interface RandomHistory {
  readonly path: string;
  /** Every commit that `main` reaches, the newest first. */
  readonly commits: readonly string[];
  /** Commits that it does not reach. */
  readonly hidden: readonly string[];
}

/** A generator of numbers below `bound` that a seed decides. */
export function lots(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

const FILES = ["production/default", "production/ops", "production/web", "staging/default"];

/** Draws a history of commits on a main line and side branches, of which most are merged, by one `git fast-import`. */
export async function randomHistory(scope: Scope, seed: number, length = 14): Promise<RandomHistory> {
  const draw = lots(seed);
  const path = join(await temporaryDirectory(scope), "flags.git");
  await nativeGit(["init", "-q", "--bare", "-b", "main", path]);
  await nativeGit(["-C", path, "config", "uploadpack.allowFilter", "true"]);
  const parts: string[] = ["reset refs/heads/drawn\n"];
  let [main, side]: [number | undefined, number | undefined] = [undefined, undefined];
  const commit = (mark: number, parents: readonly (number | undefined)[]): number => {
    const [first, ...merged] = parents.filter((parent) => parent !== undefined);
    parts.push(`commit refs/heads/drawn\nmark :${mark}\ncommitter A <a@b.c> ${1_700_000_000 + mark * 60} +0000\n`);
    parts.push("data 1\nx\n");
    if (first !== undefined) parts.push(`from :${first}\n`);
    for (const parent of merged) parts.push(`merge :${parent}\n`);
    const changed = first === undefined ? FILES : FILES.filter(() => draw(3) === 0);
    for (const folder of changed) parts.push(change(`${folder}/features.yaml`, folder.split("/")[1] ?? "", draw));
    parts.push("\n");
    return mark;
  };
  for (let mark = 1; mark <= length; mark += 1) {
    const lot = main === undefined ? 0 : draw(10);
    if (side !== undefined && lot >= 8) {
      main = commit(mark, [main, side]);
      side = undefined;
    } else if (lot >= 6 || (side !== undefined && lot >= 4)) side = commit(mark, [side ?? main]);
    else main = commit(mark, [main]);
  }
  parts.push(`reset refs/heads/main\nfrom :${main}\n\ndone\n`);
  await nativeGit(["-C", path, "fast-import", "--quiet", "--force", "--done"], { input: parts.join("") });
  const listed = async (...args: string[]): Promise<readonly string[]> =>
    (await nativeGit(["-C", path, "rev-list", ...args])).split("\n").filter((line) => line !== "");
  return { path, commits: await listed("main"), hidden: await listed("drawn", "^main") };
}

function change(path: string, namespace: string, draw: (bound: number) => number): string {
  const lot = draw(12);
  if (lot === 0) return `D ${path}\n`;
  const content = lot === 1 ? "flags: [" : features(namespace, draw);
  return `M 100644 inline ${path}\ndata ${Buffer.byteLength(content)}\n${content}\n`;
}

/** Now and then it refers to a segment that is not there, or calls its namespace otherwise. */
function features(namespace: string, draw: (bound: number) => number): string {
  const key = draw(15) === 0 ? `${namespace}-too` : namespace;
  const segment = draw(8) === 0 ? "nowhere" : "staff";
  const flags = Array.from({ length: 1 + draw(3) }, (_, index) => {
    const rollouts = [
      `  - threshold: {percentage: ${draw(101)}, value: ${draw(2) === 0}}`,
      `  - segment: {key: ${index === 0 ? segment : "staff"}, value: ${draw(2) === 0}}`,
    ];
    const head = `- key: f${index}\n  name: F ${draw(1_000)}\n  type: BOOLEAN_FLAG_TYPE\n  enabled: ${draw(2) === 0}`;
    return [head, "  rollouts:", ...rollouts].join("\n");
  });
  const constraint = `{type: STRING_COMPARISON_TYPE, property: role, operator: eq, value: r${draw(3)}}`;
  const staff = `segments:\n- key: staff\n  name: Staff\n  match_type: ALL_MATCH_TYPE\n  constraints:\n  - ${constraint}`;
  return `version: "1.4"\nnamespace: ${key}\nflags:\n${flags.join("\n")}\n${staff}\n`;
}
