import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { sinkConformance } from "@vexil/plugin-api/testing";
import plugin, { eventsIn } from "../src/index.js";

// Settings as a user writes them, fresh for each case, and where to look for what arrived.
const settings = async (scope: { teardown(undo: () => unknown): void }) => {
  const directory = await mkdtemp(join(tmpdir(), "__package__-"));
  scope.teardown(() => rm(directory, { recursive: true, force: true }));
  return { path: join(directory, "events.jsonl") };
};
const arrived = (used: unknown) => eventsIn((used as { readonly path: string }).path);

for (const { title, run } of sinkConformance(plugin, settings, { arrived })) {
  test(title, async (t) => {
    const outcome = await run();
    if (outcome !== "passed") t.skip(outcome.replace(/^skipped: /, ""));
  });
}
