import local from "@vexil/backend-local";
import { blame, type LineRange } from "@vexil/git/history/blame";
import { openRepository } from "@vexil/git/repository";
import test from "ava";
import fc from "fast-check";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { backendContext } from "../helpers/plugins/local-backend.js";
import { nativeGit } from "../helpers/repositories/native-git.js";

/** Each has twelve commits and four ranges. */
const HISTORIES = Number(process.env.VEXIL_BLAME_HISTORIES ?? 25);
const PATH = "team/features.yaml";

interface Item {
  readonly key: string;
  readonly lines: readonly string[];
}

/** A change of the file: an item put, replaced or removed somewhere. */
const edit = fc.record({
  kind: fc.constantFrom("insert", "insert", "change", "change", "remove"),
  at: fc.nat(99),
  size: fc.integer({ min: 1, max: 4 }),
  text: fc.constantFrom("beta", "gold", "everybody", "nobody", "staff"),
});

/** Each commit has one parent or two, among those before it, and its edits on top of the first. */
const history = fc.array(
  fc.record({
    parent: fc.nat(2),
    other: fc.option(fc.nat(4), { nil: undefined }),
    edits: fc.array(edit, { maxLength: 2 }),
  }),
  { minLength: 12, maxLength: 12 },
);

function applied(items: readonly Item[], edits: readonly Edit[], mark: number): readonly Item[] {
  const result = [...items];
  for (const [index, { kind, at, size, text }] of edits.entries()) {
    const place = result.length === 0 ? 0 : at % result.length;
    const key = `flag-${mark}-${index}`;
    const rules = Array.from({ length: size }, (_, at) => `      - segment: ${text}-${mark}-${at % 2}`);
    const item = {
      key,
      lines: [`  - key: ${key}`, `    name: ${text} ${mark}`, "    enabled: true", "    rules:", ...rules],
    };
    const old = result[place];
    if (kind === "insert" || old === undefined) result.splice(place, 0, item);
    else if (kind === "remove") result.splice(place, 1);
    else result[place] = { key: old.key, lines: [old.lines[0] as string, ...item.lines.slice(1)] };
  }
  return result;
}

interface Edit {
  readonly kind: string;
  readonly at: number;
  readonly size: number;
  readonly text: string;
}

test(`each range's last change is that of git blame in ${HISTORIES} random histories with merges`, async (t) => {
  t.timeout(600_000);
  const seen = { ranges: 0, commits: new Set<string>(), merges: 0 };
  const differing: string[] = [];
  const property = fc.asyncProperty(history, fc.nat(1000), async (commits, cut) => {
    const path = await temporaryDirectory(t);
    await nativeGit(["init", "-q", "--bare", path]);
    const states: (readonly Item[])[] = [];
    const stream: string[] = [];
    for (const [index, { parent, other, edits }] of commits.entries()) {
      const first = index === 0 ? undefined : Math.max(0, index - 1 - parent);
      const second = other === undefined || index === 0 ? undefined : Math.max(0, index - 1 - other);
      let items = applied(first === undefined ? [] : (states[first] ?? []), edits, index);
      const merged = second === undefined || second === first ? undefined : states[second];
      if (merged !== undefined) {
        seen.merges += 1;
        // What the other side has more is taken over, some of it at the front.
        const keys = new Set(items.map(({ key }) => key));
        const more = merged.filter(({ key }) => !keys.has(key));
        items = index % 2 === 0 ? [...items, ...more] : [...more, ...items];
      }
      states.push(items);
      const text = `flags:\n${items.flatMap(({ lines }) => lines).join("\n")}\nsegments: []\n`;
      stream.push(
        `commit refs/heads/main`,
        `mark :${index + 1}`,
        `author Ada ${index} <ada@example.com> ${1_700_000_000 + index * 60} +0000`,
        `committer Ada <ada@example.com> ${1_700_000_000 + index * 60} +0000`,
        "data 6",
        "change",
        ...(first === undefined ? [] : [`from :${first + 1}`]),
        ...(merged === undefined || second === undefined ? [] : [`merge :${second + 1}`]),
        `M 100644 inline ${PATH}`,
        `data ${Buffer.byteLength(text)}`,
        text,
      );
    }
    await nativeGit(["-C", path, "fast-import", "--quiet", "--force"], { input: `${stream.join("\n")}\ndone\n` });
    const head = await nativeGit(["-C", path, "rev-parse", "main"]);
    const items = states.at(-1) ?? [];
    const ranges: LineRange[] = [];
    let line = 2;
    for (const item of items) {
      ranges.push({ first: line, last: line + item.lines.length - 1 });
      ranges.push({ first: line + 4, last: line + item.lines.length - 1 });
      line += item.lines.length;
    }
    const asked = ranges.slice(cut % Math.max(1, ranges.length)).slice(0, 6);
    if (asked.length === 0) return;
    const found = await blamed(path, head, asked);
    for (const [index, range] of asked.entries()) {
      const expected = await newest(path, range);
      seen.ranges += 1;
      seen.commits.add(expected);
      if (found[index] !== expected)
        differing.push(`${range.first}-${range.last} of ${path}: ${expected}, not ${found[index]}`);
    }
  });
  await fc.assert(property, { numRuns: HISTORIES, endOnFailure: true });
  t.log(`${seen.ranges} ranges, ${seen.commits.size} commits, ${seen.merges} merges, ${differing.length} differ`);
  t.deepEqual(differing, []);
  t.true(seen.ranges > HISTORIES);
  t.true(seen.merges > HISTORIES / 5);
});

/** Contents of the file, with its parents by index. The committers' times are in the order of the versions. */
type Version = readonly [lines: readonly string[], ...parents: readonly number[]];

const block = (name: string, size: number): readonly string[] =>
  Array.from({ length: size }, (_, at) => `${name} ${at}`);
const [a, b, c] = ["a", "b", "c"].map((name) => block(name, 300)) as [string[], string[], string[]];

/** Versions of which the last is asked, and the ranges that are asked for. */
const CASES: Readonly<Record<string, readonly [versions: readonly Version[], ranges: readonly LineRange[]]>> = {
  // Hundreds of lines are the same before and behind each change; one that is off by one is another commit's.
  "lines far before and behind what a commit changed": [
    [
      [[...a, ...b, ...c]],
      [[...block("new", 7), ...a, ...b, ...c], 0],
      [[...block("new", 7), ...a, ...b.slice(0, 297), ...c], 1],
      [[...block("new", 7), ...a, ...b.slice(0, 297), ...c, ...block("last", 5)], 2],
    ],
    [1, 7, 8, 9, 307, 308, 604, 605, 606, 900, 904, 905, 909].map((line) => ({ first: line, last: line })),
  ],
  "a range whose lines come from both sides of a merge, the younger from the first": [
    [[["x", "m", "y"]], [["x", "m", "y2"], 0], [["x2", "m", "y"], 0], [["x2", "m", "y2"], 2, 1]],
    [{ first: 1, last: 3 }],
  ],
  "a range whose lines come from both sides of a merge, the younger from the second": [
    [[["x", "m", "y"]], [["x2", "m", "y"], 0], [["x", "m", "y2"], 0], [["x2", "m", "y2"], 1, 2]],
    [{ first: 1, last: 3 }],
  ],
  "a line that both sides of a merge wrote, which took the second side's file": [
    [[["x", "m"]], [["same", "m", "first"], 0], [["same", "m", "second"], 0], [["same", "m", "second"], 1, 2]],
    [{ first: 1, last: 1 }],
  ],
  "a line that both sides of a merge wrote, which has lines of both": [
    [[["x", "m"]], [["same", "m", "1"], 0], [["same", "m", "2"], 0], [["same", "m", "1", "2"], 1, 2]],
    [
      { first: 1, last: 1 },
      { first: 4, last: 4 },
    ],
  ],
};

for (const [title, [versions, ranges]] of Object.entries(CASES)) {
  test(`as git blame says: ${title}`, async (t) => {
    const path = await temporaryDirectory(t);
    await nativeGit(["init", "-q", "--bare", path]);
    const stream = versions.flatMap(([lines, first, ...others], index) => {
      const text = `${lines.join("\n")}\n`;
      return [
        "commit refs/heads/main",
        `mark :${index + 1}`,
        `committer Ada <ada@example.com> ${1_700_000_000 + index * 60} +0000`,
        "data 6",
        "change",
        ...(first === undefined ? [] : [`from :${first + 1}`]),
        ...others.map((other) => `merge :${other + 1}`),
        `M 100644 inline ${PATH}`,
        `data ${Buffer.byteLength(text)}`,
        text,
      ];
    });
    await nativeGit(["-C", path, "fast-import", "--quiet", "--force"], { input: `${stream.join("\n")}\ndone\n` });
    const head = await nativeGit(["-C", path, "rev-parse", "main"]);
    t.deepEqual(await blamed(path, head, ranges), await Promise.all(ranges.map((range) => newest(path, range))));
  });
}

async function blamed(path: string, commit: string, ranges: readonly LineRange[]): Promise<readonly unknown[]> {
  const backend = await local.create({ path, watch: false }, backendContext());
  try {
    const repository = openRepository(backend);
    const source = {
      fileAt: repository.fileAt.bind(repository),
      readBlobs: repository.readBlobs.bind(repository),
      commit: repository.readPastCommit.bind(repository),
    };
    const found = await blame(source, { commit, path: PATH, ranges, most: 1_000, isOver: () => false });
    return found.map((one) => one?.oid);
  } finally {
    await backend.close();
  }
}

/** The newest commit that git blame names for the lines of a range. */
async function newest(path: string, { first, last }: LineRange): Promise<string> {
  const text = await nativeGit(["-C", path, "blame", "--porcelain", "-L", `${first},${last}`, "main", "--", PATH]);
  const times = new Map<string, number>();
  let commit = "";
  for (const line of text.split("\n")) {
    commit = /^([0-9a-f]{40}) \d/.exec(line)?.[1] ?? commit;
    const time = /^committer-time (\d+)$/.exec(line)?.[1];
    if (time !== undefined) times.set(commit, Number(time));
  }
  return [...times].sort(([, a], [, b]) => b - a)[0]?.[0] ?? "";
}
