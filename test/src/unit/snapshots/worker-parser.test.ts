import { DEFAULT_FEATURE_LIMITS } from "@vexil/core";
import { WorkerParser } from "@vexil/core/internal/snapshots/worker-parser";
import test from "ava";

test("a thread that has parsed one file parses the next", async (t) => {
  const parser = new WorkerParser({ threads: 1, deadlineMs: 20_000, heapMegabytes: 256 });
  t.teardown(() => parser.close());
  const started = performance.now();
  for (const name of ["a", "b", "c"]) {
    const bytes = Buffer.from(`namespace: ${name}\n`);
    const { documents, faults } = await parser.parse({
      path: `${name}/features.yaml`,
      bytes,
      limits: DEFAULT_FEATURE_LIMITS,
    });
    t.deepEqual([documents[0]?.namespace.key, faults.length], [name, 0]);
  }
  t.true(performance.now() - started < 15_000);
});

const limits = DEFAULT_FEATURE_LIMITS;
const small = { path: "a/features.yaml", bytes: Buffer.from("namespace: a\n"), limits };
const large = {
  path: "b/features.yaml",
  bytes: Buffer.from(`namespace: b\nflags: [${"{key: x, name: X},".repeat(200_000)}]\n`),
  limits,
};

test("a file that takes too long is a file with a fault, and its thread is replaced", async (t) => {
  const parser = new WorkerParser({ threads: 1, deadlineMs: 1, heapMegabytes: 256 });
  t.teardown(() => parser.close());
  for (const file of [large, large]) {
    const { documents, faults } = await parser.parse(file);
    t.is(documents.length, 0);
    t.deepEqual(
      faults.map(({ file: path, line, reason }) => [path, line, reason]),
      [["b/features.yaml", 1, "the file cannot be parsed: it took longer than 1 ms"]],
    );
  }
  t.is(await parser.layout(large), undefined);
  t.deepEqual(await parser.locate(large, []), []);
});

test("a file that fills its thread's heap is a file with a fault, and those behind it are parsed", async (t) => {
  const parser = new WorkerParser({ threads: 1, deadlineMs: 60_000, heapMegabytes: 24 });
  t.teardown(() => parser.close());
  const [first, second] = await Promise.all([parser.parse(large), parser.parse(small)]);
  t.regex(first?.faults[0]?.reason ?? "", /cannot be parsed: .*memory/);
  t.deepEqual([second?.documents[0]?.namespace.key, second?.faults], ["a", []]);
});

test("a closed parser answers what waits for it, and what comes later", async (t) => {
  const parser = new WorkerParser({ threads: 1, deadlineMs: 60_000, heapMegabytes: 256 });
  parser.warmUp();
  const waiting = [parser.parse(large), parser.parse(small), parser.parse(small)];
  await parser.close();
  for (const file of [...(await Promise.all(waiting)), await parser.parse(small)]) {
    t.regex(file.faults[0]?.reason ?? "", /the parser was closed/);
  }
});
