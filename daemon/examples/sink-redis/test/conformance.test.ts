import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { sinkConformance } from "@vexil/plugin-api/testing";
import plugin, { eventsIn } from "../src/index.js";

const url = process.env.REDIS_URL ?? "redis://127.0.0.1:6379";
const settings = async () => ({ url, stream: `test:${randomUUID()}` });
const arrived = (used: unknown) => eventsIn(url, (used as { readonly stream: string }).stream);

for (const { title, run } of sinkConformance(plugin, settings, { arrived })) {
  test(title, async (t) => {
    const outcome = await run();
    if (outcome !== "passed") t.skip(outcome.replace(/^skipped: /, ""));
  });
}
