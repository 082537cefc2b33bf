import type { FileParser, SourceFile } from "@vexil/flags/parse/file-parser";
import { InPlaceBudget } from "@vexil/flags/parse/in-place-budget";
import { SizedParser } from "@vexil/flags/parse/sized-parser";
import { DEFAULT_FEATURE_LIMITS } from "@vexil/flags/read/document";
import test from "ava";
import { blobId } from "../../helpers/flags/build-from-files.js";

/** A parser of large files that is never asked. */
const none = new Proxy({} as FileParser, {
  get: (_, name) => () => Promise.reject(new Error(`${String(name)} was asked`)),
});

function source(name: string, text: string, storage = "main"): SourceFile {
  const bytes = Buffer.from(text);
  return { path: `${name}/features.yaml`, oid: blobId(text), bytes, limits: DEFAULT_FEATURE_LIMITS, storage };
}

test("small files that take their time are parsed in turns of their own: others get theirs in between", async (t) => {
  let now = 0;
  const parser = new SizedParser(none, new InPlaceBudget(() => (now += 60_000)));
  let turns = 0;
  let isOver = false;
  const turn = (): void => {
    turns += 1;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  // Tens of milliseconds each.
  const files = Array.from({ length: 4 }, (_, index) => source(`f${index}`, `# ${index}\n${"---\n".repeat(4_000)}`));
  const doneIn = await Promise.all(files.map((file) => parser.parse(file).then(() => turns)));
  isOver = true;
  t.is(new Set(doneIn).size, 4, doneIn.join());
});

test("tiny files share a turn, in the order in which they came", async (t) => {
  const parser = new SizedParser(none);
  const order: string[] = [];
  const parse = async (name: string): Promise<void> => {
    const { documents } = await parser.parse(source(name, `namespace: ${name}\n`));
    order.push(documents[0]?.namespace.key ?? "");
  };
  const names = ["a", "b", "c", "d"];
  await Promise.all(names.map(parse));
  t.deepEqual(order, names);
});

test("a storage whose small files have taken too much of the event loop has them parsed elsewhere for a while", async (t) => {
  let now = 0;
  const budget = new InPlaceBudget(() => now);
  const elsewhere: string[] = [];
  const large = new Proxy({} as FileParser, {
    get: () => async (file: SourceFile) => {
      elsewhere.push(file.path);
      return { documents: [], faults: [], sha1: "" };
    },
  });
  const parser = new SizedParser(large, budget);
  const parse = (name: string, storage: string): Promise<unknown> => parser.parse(source(name, `# ${name}\n`, storage));
  await parse("first", "hostile");
  for (let spent = 0; budget.allows("hostile"); spent += 40) {
    t.true(spent < 1_000);
    budget.spend("hostile", 40);
  }
  await parse("second", "hostile");
  await parse("other", "innocent");
  t.deepEqual(elsewhere, ["second/features.yaml"]);
  now += 60_000;
  await parse("third", "hostile");
  t.deepEqual(elsewhere, ["second/features.yaml"]);
  for (let count = 0; count < 10_000; count += 1) budget.spend("sound", 3);
  t.true(budget.allows("sound"), "what sound files take is not counted");
});
