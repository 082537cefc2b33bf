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
