import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { writeObstacle } from "@vexil/plugin-api";
import { gitConfigsOfUser, gitSettings, isTrusted } from "./git-settings.js";
import type { StepResult } from "./report.js";

/**
 * Tells whether the user that runs this can work in a local repository, together with a user who uses it as well.
 * @param userConfigs git's configuration files of this user and of the machine
 */
export function checkDirectory(path: string, userConfigs: readonly string[] = gitConfigsOfUser()): StepResult {
  try {
    return check(resolve(path), userConfigs);
  } catch (error) {
    const { message } = error as Error;
    return { step: "backend", ok: false, message, advice: "check the directory and the user this command runs as" };
  }
}

/** Tells whether the user that runs this can keep files in a directory, or make it. */
export function canWorkIn(path: string, step: StepResult["step"]): StepResult {
  const obstacle = writeObstacle(path);
  if (obstacle === undefined) return { step, ok: true, message: `${path} can be written` };
  const { place, code } = obstacle;
  const shown = place === resolve(path) ? path : `${path} is not there, and ${place}`;
  const message = `${shown} cannot be written by user ${process.geteuid?.()} (${code})`;
  return { step, ok: false, message, advice: `make it: install -d -o vexil -g vexil ${path}` };
}

function check(root: string, userConfigs: readonly string[]): StepResult {
  if (!existsSync(root)) {
    const obstacle = writeObstacle(root);
    return obstacle === undefined
      ? { step: "backend", ok: true, message: `${root} is not there yet; vexil serve makes it` }
      : refuse(
          `${root} is not there, and ${obstacle.place} cannot be written`,
          `make it: install -d -o vexil -g vexil ${root}`,
        );
  }
  const dotGit = join(root, ".git");
  const git = existsSync(dotGit) ? gitDirectory(dotGit) : root;
  for (const directory of [root, git, join(git, "objects"), join(git, "refs"), join(git, "refs", "heads")]) {
    const fault = existsSync(directory) ? writeObstacle(directory)?.code : undefined;
    if (fault === "EROFS") {
      return refuse(
        `${directory} lies on a file system that is read-only here`,
        `mount it for writing; a service of systemd needs ReadWritePaths=${root} in its unit besides`,
      );
    }
    if (fault !== undefined) {
      return refuse(
        `${directory} cannot be written by user ${process.geteuid?.()}`,
        `share the repository with a group that both users are in: ${shareAdvice(root, git)}`,
      );
    }
  }
  if (!existsSync(join(git, "HEAD"))) return { step: "backend", ok: true, message: `${root} is no repository yet` };
  return checkOwner(root, git, userConfigs) ?? checkSharing(root, git);
}

/** git, and Vexil with it, works in no directory of another user unless `safe.directory` lists it. */
function checkOwner(root: string, git: string, userConfigs: readonly string[]): StepResult | undefined {
  const user = process.geteuid?.();
  const foreign = [root, git].find((directory) => statSync(directory).uid !== user);
  if (user === undefined || foreign === undefined || isTrusted(root, userConfigs)) return undefined;
  return refuse(
    `${foreign} belongs to user ${statSync(foreign).uid}, and git's ownership check refuses it to user ${user}`,
    shareAdvice(root, git),
  );
}

/** Files of several users, or of another one: then what each makes has to be writable for the other's group. */
function checkSharing(root: string, git: string): StepResult {
  const user = process.geteuid?.();
  const parts = [root, git, ...["HEAD", "index", "objects", "refs", "refs/heads"].map((name) => join(git, name))];
  const stats = parts.filter((part) => existsSync(part)).map((part) => ({ part, stat: statSync(part) }));
  const owners = new Set(stats.map(({ stat }) => stat.uid));
  if (owners.size === 1 && user !== undefined && owners.has(user)) {
    return { step: "backend", ok: true, message: `${root} belongs to the user that runs this` };
  }
  const shared = sharedRepository(git);
  const advice = shareAdvice(root, git);
  if (shared === undefined) {
    return refuse(
      `${root} has files of users ${[...owners].join(", ")} and no core.sharedRepository: what one of them makes, the other cannot change`,
      advice,
    );
  }
  const closed = stats.find(({ stat }) => stat.isDirectory() && (stat.mode & 0o070) !== 0o070);
  if (closed !== undefined) {
    return refuse(`${closed.part} is not open to its group, although core.sharedRepository is ${shared}`, advice);
  }
  const groups = new Set([...(process.getgroups?.() ?? []), process.getegid?.()]);
  const foreign = user === 0 ? undefined : stats.find(({ stat }) => !groups.has(stat.gid) && stat.uid !== user);
  if (foreign !== undefined) {
    return refuse(`${foreign.part} belongs to group ${foreign.stat.gid}, which user ${user} is not in`, advice);
  }
  return { step: "backend", ok: true, message: `${root} is shared (core.sharedRepository = ${shared})` };
}

function refuse(message: string, advice: string): StepResult {
  return { step: "backend", ok: false, message, advice };
}

function shareAdvice(root: string, git: string): string {
  return (
    `git -C ${root} config core.sharedRepository group; chgrp -R <group> ${root}; chmod -R g+rwX ${root}; ` +
    `find ${git} -type d -exec chmod g+s {} +; add both users to the group; and for each of them, who is not the owner: ` +
    `git config --global --add safe.directory ${root}`
  );
}

/** `.git` of a linked work tree is a file that names the directory. */
function gitDirectory(dotGit: string): string {
  if (statSync(dotGit).isDirectory()) return dotGit;
  const pointer = readFileSync(dotGit, "utf8").trim();
  return resolve(dirname(dotGit), pointer.replace(/^gitdir: /, ""));
}

/** `core.sharedRepository`, unless it says that the repository is not shared (git-config(1)). */
function sharedRepository(git: string): string | undefined {
  const value = gitSettings(join(git, "config"), "core", "sharedrepository").at(-1);
  return value === undefined || /^(umask|false|no|off|0)$/i.test(value) ? undefined : value;
}
