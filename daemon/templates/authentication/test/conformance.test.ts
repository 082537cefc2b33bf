import { test } from "node:test";
import { type AuthenticationConformanceOptions, authenticationConformance } from "@vexil/plugin-api/testing";
import plugin from "../src/index.js";

// Settings as a user writes them. What is secret must not be seen in any log or error.
const settings = { key: "canary-key-4711" };
const options: AuthenticationConformanceOptions = {
  secrets: [settings.key],
  credential: () => ({ scheme: "Bearer", value: settings.key }),
};

for (const { title, run } of authenticationConformance(plugin, settings, options)) {
  test(title, async (t) => {
    const outcome = await run();
    if (outcome !== "passed") t.skip(outcome.replace(/^skipped: /, ""));
  });
}
