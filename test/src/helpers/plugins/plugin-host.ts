/**
 * A process that loads one plugin and uses it, for tests of what a plugin does to its process. It prints JSON lines:
 * what is logged, how each step ended, and at last that it is alive.
 */
import { setTimeout as wait } from "node:timers/promises";
import { loadPlugins } from "@vexil/engine/plugins/plugin-registry";
import type { Level, LogFields, Logger } from "@vexil/plugin-api";
import { pluginConfig, storageConfig } from "./plugin-config.js";

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const logger: Logger = {
  log: (level: Level, event: string, _message: string, fields?: LogFields) => print({ level, event, ...fields }),
  child: () => logger,
};

async function attempt(step: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
    print({ step, ok: true });
  } catch (error) {
    print({ step, ok: false, error: error instanceof Error ? error.message : String(error) });
  }
}

const [, , directory = "", type = "", fault] = process.argv;
const storage = storageConfig(type);
const config = pluginConfig(directory, [storage]);
await attempt("start", async () => {
  const registry = await loadPlugins(config, logger);
  const backend = await registry.createBackend(storage, config);
  const hinted = new Promise<void>((resolve) => backend.watch?.(resolve, new AbortController().signal));
  await attempt("first", () => backend.refs.list(""));
  // What escapes shows up as a hint; what does not has nothing to wait for.
  await Promise.race([hinted, wait(1_000)]);
  await attempt("second", () => backend.refs.list(""));
  await attempt("third", () => backend.refs.list(""));
  if (fault !== undefined) {
    void Promise.reject(new Error("the host's own fault"));
    await wait(200);
  }
  await registry.close();
});
print({ step: "alive", ok: true });
