import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import test, { registerCompletionHandler } from "ava";

const PATIENCE_MS = 15_000;
/** The longest file takes half of that on a slow machine. */
const LIFETIME_MS = 10 * 60_000;

const file = relative(process.cwd(), fileURLToPath(test.meta.file));

// Loaded before every test file: one whose tests do not end, or that does not end after its tests, would keep its place
// for the rest of the run, which then waits for it for ever. ava's own bound counts from the last result of any file.

setTimeout(() => {
  process.stderr.write(`# ${file} does not end\n`);
  process.exit(1);
}, LIFETIME_MS).unref();

registerCompletionHandler(() => {
  const timer = setTimeout(() => {
    const kept = [...new Set(process.getActiveResourcesInfo())].sort().join(", ");
    process.stderr.write(`# ${file} does not end by itself after its tests; what is left: ${kept}\n`);
    process.exit();
  }, PATIENCE_MS);
  timer.unref();
});
