import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadPlugins, type PluginRegistry } from "@vexil/engine/plugins/plugin-registry";
import { VexilError } from "@vexil/plugin-api/errors";
import { RecordingLogger } from "@vexil/plugin-api/testing";
import type { ExecutionContext } from "ava";
import { type Scope, temporaryDirectory } from "../files/temporary-directory.js";
import { pluginConfig, storageConfig } from "./plugin-config.js";

/** Members of a backend plugin called `fake`, as source text. */
export const BODY = `
  kind: "backend", apiVersion: 1, name: "fake", capabilities: { durable: false, shared: false },
  schema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
  async create() { return {
    objects: { read: async () => new Map(), write: async () => {} },
    refs: { list: async () => new Map(), compareAndSwap: async () => true },
    shallow: { read: async () => new Set(), update: async () => {} },
    close: async () => {},
  }; },`;

/** Plugins that a test writes, in a directory of its own. */
export interface WrittenPlugins {
  readonly directory: string;
  readonly logger: RecordingLogger;
  /** Writes a package into `node_modules` of the directory, or at `path` of it. */
  readonly install: (name: string, source: string, manifest?: object, path?: string) => Promise<string>;
  readonly load: (
    type: string,
    other?: Parameters<typeof pluginConfig>[2],
    settings?: object,
  ) => Promise<PluginRegistry>;
}

export async function writtenPlugins(t: Scope): Promise<WrittenPlugins> {
  const directory = await temporaryDirectory(t);
  const logger = new RecordingLogger();
  return {
    directory,
    logger,
    install: async (name, source, manifest = {}, path = join("node_modules", name)) => {
      const folder = join(directory, path);
      await mkdir(folder, { recursive: true });
      const all = { name, version: "1.2.3", type: "module", main: "index.js", ...manifest };
      await writeFile(join(folder, "package.json"), JSON.stringify(all));
      await writeFile(join(folder, "index.js"), source);
      return folder;
    },
    load: async (type, other = {}, settings = {}) => {
      const config = pluginConfig(directory, [storageConfig(type, { ...settings })], other);
      // Short where the test is about a hang; else a busy machine must not look like one.
      const at = (name: string): number => (type === name ? 500 : 20_000);
      const deadlines = {
        loadMs: at("asleep"),
        validateMs: at("hanging"),
        createMs: Math.min(at("stuck"), at("late")),
        useMs: 20_000,
        closeMs: 20_000,
      };
      const registry = await loadPlugins(config, logger, { deadlines });
      t.teardown(() => registry.close());
      return registry;
    },
  };
}

/** The error that stops a start: one short line. */
export async function failure(t: ExecutionContext, work: Promise<unknown>): Promise<VexilError> {
  const error: unknown = await work.then(
    () => t.fail("it did not fail"),
    (thrown: unknown) => thrown,
  );
  if (!VexilError.is(error)) throw error;
  t.true(error.message.length < 700, "one short line");
  t.false(error.message.includes("\n"), "one line");
  return error;
}
