import { test } from "node:test";
import type { Caller } from "@vexil/plugin-api";
import { authorizationConformance } from "@vexil/plugin-api/testing";
import plugin from "../src/index.js";

// Settings as a user writes them, and callers that they allow something.
const settings = { readers: ["ada"], editors: ["ci-1"], environments: ["production"] };
const callers: readonly Caller[] = [
  { method: "oidc", identity: { subject: "ada", metadata: {}, claims: { groups: ["devs"] } } },
  { method: "token", identity: { subject: "ci-1", metadata: {}, claims: {} } },
];

for (const { title, run } of authorizationConformance(plugin, settings, { callers })) {
  test(title, async (t) => {
    const outcome = await run();
    if (outcome !== "passed") t.skip(outcome.replace(/^skipped: /, ""));
  });
}
