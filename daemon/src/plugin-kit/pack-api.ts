import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

export interface PackedApi {
  /** The tarball's name: `vexil-plugin-api-<version>.tgz`. */
  readonly tarball: string;
  readonly version: string;
}

/** Packs the `@vexil/plugin-api` that is running into a directory: it need not be published for a plugin to build. */
export async function packApi(directory: string): Promise<PackedApi> {
  const require = createRequire(import.meta.url);
  const manifest = require.resolve("@vexil/plugin-api/package.json");
  const { version } = require(manifest) as { readonly version: string };
  const args = ["pack", "--ignore-scripts", "--silent", "--pack-destination", directory];
  try {
    await execute(process.platform === "win32" ? "npm.cmd" : "npm", args, { cwd: dirname(manifest) });
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === "ENOENT" ? "npm is not installed" : String(error);
    throw new Error(`@vexil/plugin-api could not be packed: ${reason.split("\n")[0]}`);
  }
  return { tarball: `vexil-plugin-api-${version}.tgz`, version };
}
