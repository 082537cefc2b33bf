import { execFile } from "node:child_process";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Scope, temporaryDirectory } from "../files/temporary-directory.js";

const SCRIPT = fileURLToPath(new URL("../../../../.scripts/package-npm.mjs", import.meta.url));
const execute = promisify(execFile);

/** Paths of the tarballs that are published, by package. */
export type Tarballs = ReadonlyMap<string, string>;

/** Makes the tarballs that are published, of what is built. */
export async function npmTarballs(scope: Scope): Promise<Tarballs> {
  const output = await temporaryDirectory(scope);
  await execute(process.execPath, [SCRIPT, output]);
  const names = await readdir(output);
  return new Map(names.map((name) => [name.replace(/-\d+\.\d+\.\d+\.tgz$/, ""), join(output, name)] as const));
}

/** Paths in a tarball without the `package/` that all have. */
export async function pathsIn(tarball: string): Promise<readonly string[]> {
  const { stdout } = await execute("tar", ["-tzf", tarball], { maxBuffer: 2 ** 26 });
  return stdout
    .trim()
    .split("\n")
    .map((path) => path.replace(/^package\//, ""));
}

/** A directory without a workspace in sight, and npm in it with a cache of its own. */
export interface EmptyPlace {
  readonly directory: string;
  /** Runs npm, or npx; rejects with what it printed when it fails. */
  readonly run: (program: "npm" | "npx", ...args: readonly string[]) => Promise<string>;
}

/** @param registry nobody listens there: what is wanted beside the tarballs cannot come */
export async function emptyPlace(scope: Scope, registry = "http://127.0.0.1:9/"): Promise<EmptyPlace> {
  const home = await temporaryDirectory(scope);
  const directory = join(home, "place");
  await mkdir(directory);
  await writeFile(join(directory, "package.json"), `{ "private": true }`);
  const token = `${registry.replace(/^http:/, "")}:_authToken=anybody`;
  await writeFile(
    join(home, "npmrc"),
    `registry=${registry}\n${token}\nupdate-notifier=false\naudit=false\nfund=false\n`,
  );
  // Nothing of how the test was started by npm.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(?:npm_|NODE_|INIT_CWD)/i.test(name));
  const env = {
    ...Object.fromEntries(inherited),
    npm_config_userconfig: join(home, "npmrc"),
    npm_config_cache: join(home, "cache"),
  };
  const run = async (program: "npm" | "npx", ...args: readonly string[]): Promise<string> =>
    (await execute(program, args, { cwd: directory, env, maxBuffer: 2 ** 26 })).stdout;
  return { directory, run };
}
