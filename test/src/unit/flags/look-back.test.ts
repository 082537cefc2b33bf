import { FaultyFiles } from "@vexil/flags/compile/faulty-files";
import { FileCache } from "@vexil/flags/compile/file-cache";
import { LookBack } from "@vexil/flags/compile/look-back";
import { PastStates } from "@vexil/flags/compile/past-states";
import type { OlderState, Past } from "@vexil/flags/compile/searched-past";
import type { SourceFile } from "@vexil/flags/parse/file-parser";
import { DEFAULT_FEATURE_LIMITS, type ParsedFile } from "@vexil/flags/read/document";
import { parseFeatures } from "@vexil/flags/read/parse";
import test from "ava";
import { blobId, type Files } from "../../helpers/flags/build-from-files.js";

const BILLING = "billing/features.yaml";
const FAULTY = "flags: [";
const good = (key: string): string => `namespace: billing\nflags: [{key: ${key}, name: x, type: BOOLEAN_FLAG_TYPE}]\n`;
const SOUGHT = {
  namespaces: new Set(["billing"]),
  files: new Set([BILLING]),
  paths: new Set([BILLING]),
};

/** A search of states, newest first, whose files are parsed when the test lets them. */
function start(states: readonly Files[], options: { readonly stored?: () => number } = {}) {
  const blobs = new Map<string, Uint8Array>();
  for (const set of states) for (const content of Object.values(set)) blobs.set(blobId(content), Buffer.from(content));
  const parsed: string[] = [];
  const hung = new Map<string, () => void>();
  const slow = new Set<string>();
  const unread = new Set<string>();
  const parse = async (file: SourceFile): Promise<ParsedFile> => {
    const text = Buffer.from(file.bytes).toString();
    parsed.push(text);
    if (slow.has(text)) await new Promise<void>((resolve) => hung.set(text, resolve));
    const faults = [{ file: file.path, reason: "no time", namespaces: [] }];
    if (unread.has(text)) return { documents: [], faults, sha1: "", unread: true };
    return parseFeatures(file.path, file.bytes, file.limits);
  };
  const faulty = new FaultyFiles();
  const { stored = () => states.length } = options;
  const search = () =>
    new LookBack({
      states: new PastStates(new FileCache(faulty.inFrontOf({ parse, layout: async () => undefined }))),
      options: {
        directory: "",
        limits: DEFAULT_FEATURE_LIMITS,
        storage: "past",
        read: async (oids) => new Map(oids.map((oid) => [oid, blobs.get(oid) ?? new Uint8Array()])),
      },
      older: async function* (): AsyncGenerator<OlderState, boolean> {
        for (const [index, files] of states.slice(0, stored()).entries()) {
          const table = Object.entries(files).map(([path, content]): [string, string] => [path, blobId(content)]);
          yield { revision: `${index}`, files: new Map(table) };
        }
        return stored() >= states.length;
      },
    });
  const one = search();
  const look = (late = new AbortController().signal): Promise<Past> => one.look(SOUGHT, 0, late);
  /** A look for which there is no more time once a file is being parsed. */
  const cutAt = async (text: string): Promise<Past> => {
    const controller = new AbortController();
    const looked = look(controller.signal);
    while (!hung.has(text)) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    return looked;
  };
  const flagOf = ({ namespaces }: Past): string | undefined => namespaces.get("billing")?.sortedKeys[0];
  const release = (text: string): void => hung.get(text)?.();
  return { look, cutAt, search, parsed, slow, unread, release, flagOf };
}

test("a search that is cut short goes on where it was, and what was being parsed then is not parsed again", async (t) => {
  const states = [{ [BILLING]: "a: [" }, { [BILLING]: "b: [" }, { [BILLING]: "c: [" }, { [BILLING]: good("found") }];
  const { look, cutAt, parsed, slow, release, flagOf } = start(states);
  slow.add("b: [");
  const cut = await cutAt("b: [");
  t.is(cut.progress, "cut");
  t.is(flagOf(cut), undefined);
  t.deepEqual(parsed, ["a: [", "b: ["]);
  release("b: [");
  const whole = await look();
  t.is(whole.progress, "exhausted");
  t.is(flagOf(whole), "found");
  t.is(whole.revision, "3");
  t.deepEqual(whole.files.get(BILLING), ["billing"]);
  t.deepEqual(parsed, ["a: [", "b: [", "c: [", good("found")]);
});

test("a search without any time does nothing, and says that there is more to look at", async (t) => {
  const { look, parsed, flagOf } = start([{ [BILLING]: good("found") }]);
  t.is((await look(AbortSignal.abort())).progress, "cut");
  t.deepEqual(parsed, []);
  t.is(flagOf(await look()), "found");
});

test("a file with faults is parsed once, however many states and searches meet it, and wherever it lies", async (t) => {
  const hostile = (count: number): Files =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`d${index}/features.yaml`, `${index % 90}: [`]));
  const states = [1, 2, 3].map((note) => ({ ...hostile(100), [BILLING]: FAULTY, "n/features.yaml": `# ${note}\n` }));
  const { search, parsed } = start(states);
  for (const again of [search(), search()]) await again.look(SOUGHT, 0, new AbortController().signal);
  const counts = new Map<string, number>();
  for (const text of parsed) counts.set(text, (counts.get(text) ?? 0) + 1);
  const faulty = [...counts].filter(([text]) => text.endsWith("["));
  t.is(faulty.length, 91);
  t.deepEqual(
    faulty.filter(([, count]) => count !== 1),
    [],
  );
});

test("the state whose files could not be read for now is not passed over", async (t) => {
  const states = [{ [BILLING]: good("newest"), "x/features.yaml": "slow: [" }, { [BILLING]: good("older") }];
  const { look, unread, flagOf } = start(states);
  unread.add("slow: [");
  unread.add(good("newest"));
  const waiting = await look();
  t.is(waiting.progress, "unread");
  t.is(flagOf(waiting), undefined);
  unread.clear();
  t.is(flagOf(await look()), "newest");
});

test("where more of the past is stored later, only that is looked at", async (t) => {
  let count = 1;
  const states = [{ [BILLING]: FAULTY }, { [BILLING]: good("found") }];
  const { look, parsed, flagOf } = start(states, { stored: () => count });
  t.is((await look()).progress, "stored");
  count = 2;
  t.is(flagOf(await look()), "found");
  t.deepEqual(parsed, [FAULTY, good("found")]);
});
