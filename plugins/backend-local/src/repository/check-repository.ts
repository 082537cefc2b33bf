import { accessSync, constants, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { errnoOf, unsupported } from "../disk/disk-error.js";
import { GitConfig } from "./git-config.js";
import type { Layout } from "./layout.js";

/** Extensions (git-config(1), `extensions.*`) that change nothing of what is read and written here. */
const HARMLESS = new Set(["noop", "noop-v1", "partialclone", "preciousobjects", "relativeworktrees", "worktreeconfig"]);

/** @throws VexilError VEXIL_UNAVAILABLE_REPOSITORY: the repository is of a kind that cannot be handled safely */
export function checkFormat(root: string, config: GitConfig): void {
  const version = config.get("core.repositoryformatversion") ?? "0";
  if (version !== "0" && version !== "1") {
    throw unsupported(
      `${root} has the unknown repository format version ${version}; use a repository of version 0 or 1`,
    );
  }
  for (const [name, value] of config.section("extensions")) {
    if (name === "objectformat" && value.toLowerCase() === "sha1") continue;
    if (name === "refstorage" && value.toLowerCase() === "files") continue;
    if (name === "objectformat") {
      throw unsupported(
        `${root} uses the object format ${value}, only sha1 is supported; make a repository with "git init --object-format=sha1" and bring the files over`,
      );
    }
    if (name === "refstorage") {
      throw unsupported(
        `${root} keeps its refs in the format ${value}, only files is supported; run "git refs migrate --ref-format=files" or clone it with --ref-format=files`,
      );
    }
    if (!HARMLESS.has(name)) {
      throw unsupported(`${root} uses the unknown repository extension "${name}"; use a clone without it`);
    }
  }
}

/**
 * Refuses directories of other users, as git does: whoever owns them could make the daemon run or serve anything. What
 * `safe.directory` of the user's or the system's git configuration lists is trusted.
 */
export function checkOwner(layout: Layout): void {
  const user = process.geteuid?.();
  if (user === undefined) return;
  for (const directory of new Set([layout.root, layout.gitDirectory, layout.commonDirectory])) {
    const owner = statSync(directory).uid;
    if (owner === user) continue;
    if (trusts(layout.root)) return;
    throw unsupported(
      `${directory} is owned by user ${owner}, the daemon runs as user ${user}; run it as its owner, or trust the directory with: git config --global --add safe.directory ${layout.root}`,
    );
  }
}

function trusts(root: string): boolean {
  const home = homedir();
  const config = new GitConfig()
    .addFile("/etc/gitconfig")
    .addFile(join(process.env.XDG_CONFIG_HOME ?? join(home, ".config"), "git", "config"))
    .addFile(join(home, ".gitconfig"));
  let trusted = false;
  for (const entry of config.all("safe.directory")) {
    if (entry === "") trusted = false;
    else if (entry === "*" || entry === root) trusted = true;
    else if (entry.endsWith("/*") && root.startsWith(entry.slice(0, -1))) trusted = true;
  }
  return trusted;
}

/** @throws VexilError VEXIL_UNAVAILABLE_REPOSITORY, naming the first directory that cannot be read and written */
export function checkAccess(directories: readonly string[]): void {
  for (const directory of directories) {
    try {
      accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") continue;
      const reason = errnoOf(error) === "EROFS" ? "the file system is read-only" : "permission denied";
      throw unsupported(
        `cannot write to ${directory}: ${reason}; give the daemon's user read and write access to it`,
        error,
      );
    }
  }
}
