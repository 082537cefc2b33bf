import { StateBuilder } from "@vexil/flags/compile/build-changes";
import { FaultLocator } from "@vexil/flags/compile/fault-locator";
import { FileCache } from "@vexil/flags/compile/file-cache";
import type { FileParser } from "@vexil/flags/parse/file-parser";
import { parseFeatures } from "@vexil/flags/read/parse";
import { RememberedTests } from "@vexil/flags/run/remembered-tests";
import test from "ava";
import { type Files, inputOf } from "../../helpers/flags/build-from-files.js";

/** Counts how many files are looked at. */
class CountedCache extends FileCache {
  looked = 0;

  override load(...[versions, options]: Parameters<FileCache["load"]>): ReturnType<FileCache["load"]> {
    this.looked += versions.length;
    return super.load(versions, options);
  }
}

const text = (namespace: string, name: string): string => `namespace: ${namespace}\nflags: [{key: x, name: ${name}}]\n`;
const COUNT = 200;
const FILES: Files = Object.fromEntries(
  Array.from({ length: COUNT }, (_, index) => [`n${index}/features.yaml`, text(`n${index}`, "X")]),
);

function start() {
  const parser: Partial<FileParser> = {
    parse: async ({ path, bytes, limits }) => parseFeatures(path, bytes, limits),
    layout: async () => undefined,
    locate: async (_, places) => places.map(() => ({ line: 1, column: 1 })),
  };
  const cache = new CountedCache(parser as FileParser);
  const locator = new FaultLocator(parser as FileParser);
  const states = new StateBuilder({ cache, locator, tests: new RememberedTests(parser as FileParser) });
  const held: number[] = [];
  let builtAt = 0;
  /** The state that follows what is served, read ahead and then built; how many files each of the two looked at. */
  const next = async (previous: Parameters<typeof inputOf>[1], files: Files) => {
    builtAt += 1;
    const input = inputOf(files, previous);
    const [from, at] = [cache.looked, builtAt];
    await states.readAhead(input, at, (some) => held.push(some.size));
    const ahead = cache.looked - from;
    const state = await states.build(input, at);
    const { namespaces, files: served, quarantined } = state;
    const snapshot = {
      environment: "default",
      revision: "f".repeat(40),
      namespaces,
      files: served,
      quarantined,
      builtAt: at,
    };
    return { state, snapshot, ahead, looked: cache.looked - from - ahead };
  };
  return { next, held };
}

test("of a state that changes one file of many, that one is looked at ahead, and nothing when it is built", async (t) => {
  const { next, held } = start();
  const first = await next({}, FILES);
  t.deepEqual([first.ahead, first.looked], [COUNT, COUNT]);
  const changed = { ...FILES, "n7/features.yaml": text("n7", "Y") };
  const second = await next({ previous: first.snapshot }, changed);
  t.deepEqual([second.ahead, second.looked], [1, 0]);
  t.deepEqual(held, [COUNT, 1]);
  t.is(second.state.namespaces.get("n7")?.flags.get("x")?.name, "Y");
  t.is(second.state.namespaces.get("n8"), first.state.namespaces.get("n8"));
  t.is(second.state.files.size, COUNT);
  // The next one is made of that.
  const third = await next({ previous: second.snapshot }, { ...changed, "n8/features.yaml": text("n8", "Z") });
  t.deepEqual([third.ahead, third.looked], [1, 0]);
  t.is(third.state.namespaces.get("n7")?.flags.get("x")?.name, "Y");
});

test("where a changed file has faults, or others come or go, everything is looked at", async (t) => {
  const { next, held } = start();
  const { snapshot: previous } = await next({}, FILES);
  const faulty = await next({ previous }, { ...FILES, "n7/features.yaml": "namespace: n7\nflags: [" });
  t.deepEqual(
    faulty.state.quarantined.map(({ file, namespace }) => [file, namespace]),
    [["n7/features.yaml", "n7"]],
  );
  t.true(faulty.ahead >= COUNT);
  const more = await next({ previous }, { ...FILES, "o/features.yaml": text("o", "X") });
  t.deepEqual([more.ahead, more.looked], [COUNT + 1, COUNT + 1]);
  t.true(more.state.namespaces.has("o"));
  t.deepEqual(held, [COUNT, 1, COUNT, COUNT + 1]);
});
