import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { backendConformance } from "@vexil/plugin-api/testing";
import plugin from "../src/index.js";

const settings = () => ({ path: join(mkdtempSync(join(tmpdir(), "journal-")), "flags.journal") });
const module = new URL("../src/index.js", import.meta.url);

for (const { title, run } of backendConformance(plugin, settings, { module })) {
  test(title, async (t) => {
    const outcome = await run();
    if (outcome !== "passed") t.skip(outcome.replace(/^skipped: /, ""));
  });
}
