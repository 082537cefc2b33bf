import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Config } from "@vexil/config/config";
import { readConfig } from "@vexil/config/load-config";
import type { ExecutionContext } from "ava";
import { temporaryDirectory } from "./temporary-directory.js";

export interface ConfigFixture {
  readonly directory: string;
  /** Writes a file below the directory; its path. */
  readonly write: (name: string, text: string) => Promise<string>;
  /** Loads as a daemon would that starts in the directory, with no variables but these. */
  readonly load: (options?: LoadOptions) => Promise<Config>;
  readonly read: (options?: LoadOptions) => ReturnType<typeof readConfig>;
  /** The message with which the start stops. */
  readonly failure: (options?: LoadOptions) => Promise<string>;
}

interface LoadOptions {
  readonly yaml?: string;
  readonly file?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A directory to load configurations in; HOME lies in it too. */
export async function configFixture(t: ExecutionContext): Promise<ConfigFixture> {
  const directory = await temporaryDirectory(t);
  const write = async (name: string, text: string): Promise<string> => {
    const path = join(directory, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    return path;
  };
  const read: ConfigFixture["read"] = async ({ yaml, file, env = {} } = {}) => {
    if (yaml !== undefined) await write("vexil.yaml", yaml);
    const options = { env: { HOME: join(directory, "home"), ...env }, cwd: directory };
    return readConfig(file === undefined ? options : { ...options, file });
  };
  return {
    directory,
    write,
    read,
    load: async (options) => (await read(options)).config,
    failure: async (options) => {
      const error = await t.throwsAsync(
        read(options),
        { name: "VexilError", code: "VEXIL_VALIDATION_CONFIG" },
        options?.yaml,
      );
      return error?.message ?? "";
    },
  };
}
