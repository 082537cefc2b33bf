import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import test, { registerCompletionHandler } from "ava";

const PATIENCE_MS = 15_000;

/**
 * Loaded before every test file: a process that does not end after its tests would keep its place for the rest of the
 * run, which then waits for it for ever. What keeps it is said, as ava itself says nothing.
 */
registerCompletionHandler(() => {
  const timer = setTimeout(() => {
    const kept = [...new Set(process.getActiveResourcesInfo())].sort().join(", ");
    process.stderr.write(
      `# ${relative(process.cwd(), fileURLToPath(test.meta.file))} does not end by itself after its tests; what is left: ${kept}\n`,
    );
    process.exit();
  }, PATIENCE_MS);
  timer.unref();
});
