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
    const backend = await local.create({ path, watch: false }, backendContext());
    try {
      const repository = openRepository(backend);
      const source = {
        fileAt: repository.fileAt.bind(repository),
        readBlobs: repository.readBlobs.bind(repository),
        commit: repository.readPastCommit.bind(repository),
      };
      const found = await blame(source, { commit: head, path: PATH, ranges: asked, most: 1_000, isOver: () => false });
      for (const [index, range] of asked.entries()) {
        const expected = await newest(path, range);
        seen.ranges += 1;
        seen.commits.add(expected);
        if (found[index]?.oid !== expected)
          differing.push(`${range.first}-${range.last} of ${path}: ${expected}, not ${found[index]?.oid}`);
      }
    } finally {
      await backend.close();
    }
  });
  await fc.assert(property, { numRuns: HISTORIES, endOnFailure: true });
  t.log(`${seen.ranges} ranges, ${seen.commits.size} commits, ${seen.merges} merges, ${differing.length} differ`);
  t.deepEqual(differing, []);
  t.true(seen.ranges > HISTORIES);
  t.true(seen.merges > HISTORIES / 5);
});

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
