import { test } from "node:test";
import { backendConformance } from "@vexil/plugin-api/testing";
import plugin from "../src/index.js";

// Settings as a user writes them; give a function for fresh ones in each case.
const settings = {};
// For the cases that need a second process.
const module = new URL("../src/index.js", import.meta.url);

for (const { title, run } of backendConformance(plugin, settings, { module })) {
  test(title, async (t) => {
    const outcome = await run();
    if (outcome !== "passed") t.skip(outcome.replace(/^skipped: /, ""));
  });
}
