import { readdirSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { BackendContext, VexilError } from "@vexil/plugin-api";
import { diskError, errnoOf, unsupported } from "../disk/disk-error.js";
import { makeDirectories } from "../disk/make-directories.js";
import { Permissions } from "../disk/permissions.js";
import { DirectoryLock } from "../locks/directory-lock.js";
import { GitLocks } from "../locks/git-locks.js";
import { checkAccess, checkFormat, checkOwner } from "./check-repository.js";
import { GitConfig } from "./git-config.js";
import { holdsFeatures, importFolder } from "./import-folder.js";
import { initRepository } from "./init-repository.js";
import { findLayout, type Layout, statOf } from "./layout.js";

/** A repository that this process may use: checked, locked, and cleaned of what a killed process left. */
export interface OpenedRepository {
  readonly layout: Layout;
  readonly config: GitConfig;
  readonly bare: boolean;
  /** Where users edit files; undefined in a bare repository. */
  readonly workTree: string | undefined;
  readonly permissions: Permissions;
  readonly locks: GitLocks;
  readonly directoryLock: DirectoryLock;
}

/** Entries that a directory may hold and still count as empty. */
const NOTHING = new Set(["lost+found"]);
/** Entries that an interrupted initialisation leaves. */
const UNFINISHED = new Set([...NOTHING, "vexil", "objects", "refs", "info", "config"]);
/** A file of it that was not whole yet. */
const UNFINISHED_FILE = /^(?:config|HEAD)\.[0-9a-f]+\.tmp$/;

/**
 * Opens the repository at `path`. An empty or missing directory becomes a bare one.
 * @throws VexilError VEXIL_UNAVAILABLE_REPOSITORY, saying what to do; VEXIL_UNAVAILABLE_DIRECTORY_LOCKED
 */
export async function openRepository(path: string, context: BackendContext): Promise<OpenedRepository> {
  try {
    makeDirectories(resolve(path));
    const root = realpathSync(resolve(path));
    if (statOf(root)?.isDirectory() !== true) throw notDirectory(path, context);
    checkAccess([root]);
    const layout = findLayout(root);
    return layout === undefined ? await create(root, context) : await openExisting(layout, context);
  } catch (error) {
    if (errnoOf(error) === "EEXIST" || errnoOf(error) === "ENOTDIR") {
      throw notDirectory(path, context, error);
    }
    if (errnoOf(error) === "ENOENT")
      throw unsupported(`${path} cannot be made: the system says there is no such place`, error);
    throw diskError(error, `open ${path}`);
  }
}

function notDirectory(path: string, { storage }: BackendContext, cause?: unknown): VexilError {
  return unsupported(`${path} is not a directory; give storage.${storage.id}.backend.path a directory`, cause);
}

/** Opens what is there; makes nothing. */
export async function openExisting(layout: Layout, context: BackendContext): Promise<OpenedRepository> {
  const config = readConfig(layout);
  checkFormat(layout.root, config);
  checkOwner(layout);
  checkAccess([
    layout.gitDirectory,
    layout.commonDirectory,
    ...["objects", "refs", "refs/heads"].map((name) => join(layout.commonDirectory, name)),
  ]);
  const workTree = workTreeOf(layout, config);
  if (workTree !== undefined) checkAccess([workTree]);
  const permissions = Permissions.fromSetting(config.get("core.sharedrepository"));
  const directoryLock = await DirectoryLock.acquire(layout.gitDirectory, permissions, context.logger, context.signal);
  const locks = new GitLocks(layout.gitDirectory, permissions);
  for (const lock of locks.recover()) {
    context.logger.log("info", "lock.recovered", "a lock left by a killed daemon was removed", { path: lock });
  }
  return { layout, config, bare: workTree === undefined, workTree, permissions, locks, directoryLock };
}

export function readConfig(layout: Layout): GitConfig {
  const config = new GitConfig().addFile(join(layout.commonDirectory, "config"));
  if (config.flag("extensions.worktreeconfig")) config.addFile(join(layout.gitDirectory, "config.worktree"));
  return config;
}

async function create(root: string, context: BackendContext): Promise<OpenedRepository> {
  const bare = readdirSync(root).every((name) => UNFINISHED.has(name) || UNFINISHED_FILE.test(name));
  const gitDirectory = bare ? root : join(root, ".git");
  if (!bare) checkFolder(root);
  const permissions = Permissions.fromSetting(undefined);
  permissions.makeDirectory(gitDirectory);
  const lock = await DirectoryLock.acquire(gitDirectory, permissions, context.logger, context.signal);
  try {
    // Another daemon may have made it while this one waited for the lock.
    if (findLayout(root) === undefined) {
      if (bare) await initRepository(root, { bare, branch: context.storage.branch, permissions });
      const files = bare ? 0 : await importFolder(root, permissions, context);
      const fields = { path: root, files };
      if (bare) context.logger.log("info", "repository.created", "an empty repository was made", fields);
      else context.logger.log("info", "repository.imported", "a folder of features files became a repository", fields);
    }
  } finally {
    lock.release();
  }
  const layout = findLayout(root);
  if (layout === undefined) throw unsupported(`${root} could not be made a repository`);
  return openExisting(layout, context);
}

/** Only folders of features files are taken over, and only from nobody. */
function checkFolder(root: string): void {
  const dotGit = statOf(join(root, ".git"));
  if (dotGit?.isDirectory()) {
    const names = readdirSync(join(root, ".git"));
    if (names.length > 0 && !names.includes("vexil")) {
      throw unsupported(`${join(root, ".git")} is damaged: it has no HEAD, objects or refs; repair or remove it`);
    }
  }
  if (!holdsFeatures(root)) {
    throw unsupported(
      `${root} is neither a git repository nor empty, and holds no features files; name a repository, a folder of features files or an empty directory`,
    );
  }
}

export function workTreeOf(layout: Layout, config: GitConfig): string | undefined {
  const linked = layout.gitDirectory !== layout.commonDirectory;
  if (!linked && config.flag("core.bare")) return undefined;
  const setting = config.get("core.worktree");
  if (setting !== undefined && !linked) return realpathSync(resolve(layout.gitDirectory, setting));
  if (layout.root !== layout.gitDirectory) return layout.root;
  if (config.flag("core.bare") === undefined && !statOf(join(layout.gitDirectory, "index"))) return undefined;
  throw unsupported(
    `${layout.root} is the git directory of a clone; give the clone's own directory, such as ${dirname(layout.root)}`,
  );
}
