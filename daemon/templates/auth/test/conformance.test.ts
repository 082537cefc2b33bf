import { test } from "node:test";
import { authConformance } from "@vexil/plugin-api/testing";
import plugin from "../src/index.js";

// Settings as a user writes them. What is secret must not be seen in any log or error.
const settings = { token: "canary-token-4711" };

for (const { title, run } of authConformance(plugin, settings, { secrets: [settings.token] })) {
  test(title, async (t) => {
    const outcome = await run();
    if (outcome !== "passed") t.skip(outcome.replace(/^skipped: /, ""));
  });
}
