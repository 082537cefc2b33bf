import { execFile } from "node:child_process";
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { loadConfig } from "@vexil/config/load-config";
import type { Logger } from "@vexil/plugin-api";
import { ApiClient } from "../client/api-client.js";
import { RefusedError } from "../client/client-errors.js";
import { compose } from "../composition.js";
import { openRepositoryAt } from "./open-repository.js";

const run = promisify(execFile);
const GIT_MS = 5_000;
const STOP_MS = 5_000;

/** A daemon of one command. */
export interface PrivateDaemon {
  readonly client: ApiClient;
  close(): Promise<void>;
}

const silent: Logger = { log: () => undefined, child: () => silent };

/**
 * Serves a directory of a repository to this process alone, by a socket that no other user may open: what is written is
 * checked and committed as a daemon would, in the name of the repository's user.
 * @param environment the key by which requests name the one environment that there is
 * @throws RefusedError where the directory is in no repository, or none of its branches is checked out
 */
export async function openPrivateDaemon(directory: string, environment = "default"): Promise<PrivateDaemon> {
  const home = await mkdtemp(join(tmpdir(), "vexil-"));
  try {
    const file = join(home, "vexil.json");
    await writeFile(file, JSON.stringify(await configurationOf(directory, environment)));
    const daemon = await compose(await loadConfig({ file, env: {}, cwd: home }), silent);
    const close = async (): Promise<void> => {
      await daemon.stop(AbortSignal.timeout(STOP_MS));
      await rm(home, { recursive: true, force: true });
    };
    const path = join(home, "socket");
    try {
      await (await daemon.start({ path })).settled;
      return { client: ApiClient.over(path), close };
    } catch (error) {
      await close();
      throw error;
    }
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    throw error;
  }
}

async function configurationOf(given: string, environment: string): Promise<object> {
  const path = await realpath(given).catch(() => resolve(given));
  const opened = await openRepositoryAt(path);
  if (opened === undefined) {
    throw new RefusedError(`${given} is in no git repository: --local takes a directory of a clone`);
  }
  const { branch, directory } = opened;
  await opened.backend.close();
  if (branch === undefined) throw new RefusedError(`no branch is checked out in ${given}: git switch to one`);
  const root = directory === "" ? path : resolve(path, ...directory.split("/").map(() => ".."));
  const [name, email] = await Promise.all(["user.name", "user.email"].map((key) => gitSetting(root, key)));
  return {
    version: "2.0",
    storage: {
      clone: {
        branch,
        backend: { type: "local", path: root, watch: false },
        ...(name && email ? { signature: { name, email } } : {}),
      },
    },
    environments: { [environment]: { storage: "clone", directory, default: true } },
    server: { workers: 1 },
    metrics: { enabled: false },
    ui: { enabled: false },
  };
}

/** Undefined where it is not set, or where git is not installed. */
async function gitSetting(root: string, key: string): Promise<string | undefined> {
  const asked = run("git", ["-C", root, "config", "--get", key], { timeout: GIT_MS });
  return asked.then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
}
