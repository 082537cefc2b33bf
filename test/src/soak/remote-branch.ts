import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { nativeGit } from "../helpers/repositories/native-git.js";
import type { TemporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { CommitGraph, type SeenCommit } from "./commit-graph.js";

/** The remote's branch, by native git alone. */
export class RemoteBranch {
  readonly #repository: TemporaryRepository;
  /** Commits that a force-push threw away → `performance.now()` just before. */
  readonly dropped = new Map<string, number>();

  constructor(repository: TemporaryRepository) {
    this.#repository = repository;
  }

  /** Every head of the branch is noted by git itself; nothing is tidied up meanwhile. */
  async prepare(): Promise<void> {
    const { git } = this.#repository;
    await git("config", "core.logAllRefUpdates", "always");
    await git("config", "receive.autogc", "false");
    await git("config", "gc.auto", "0");
  }

  /** A hook that refuses every push, while it is there. */
  async refusePushes(refuse: boolean): Promise<void> {
    const hook = join(this.#repository.path, "hooks", "pre-receive");
    if (!refuse) return rm(hook, { force: true });
    await mkdir(dirname(hook), { recursive: true });
    await writeFile(hook, '#!/bin/sh\necho "not today" >&2\nexit 1\n', { mode: 0o755 });
  }

  async head(): Promise<string> {
    return (await this.#repository.head()) ?? "";
  }

  read(path: string): Promise<string> {
    return this.#repository.read(path);
  }

  /** Puts the files of a schedule on the branch. */
  addFiles(files: Readonly<Record<string, string>>): Promise<string> {
    return this.#repository.commit(files, { message: "files of a schedule" });
  }

  /** Commits an edit of a file on the branch as it then is, and moves the branch only from there. */
  async edit(path: string, edit: (text: string) => string, message: string): Promise<string> {
    for (;;) {
      const head = await this.head();
      const text = await this.#repository.read(path, head);
      const commit = await this.#commitOn(head, path, `${edit(text)}\n`, message);
      try {
        await this.#repository.git("update-ref", "refs/heads/main", commit, head);
        return commit;
      } catch {
        // A daemon was faster.
      }
    }
  }

  /** Puts a commit in the place of the newest one, whoever made that. */
  async force(path: string, edit: (text: string) => string, message: string, keep: string): Promise<string> {
    for (;;) {
      const head = await this.head();
      // What was there before the schedule stays.
      if (head === keep) return this.edit(path, edit, message);
      const base = await this.#repository.git("rev-parse", `${head}^`);
      const text = await this.#repository.read(path, base);
      const commit = await this.#commitOn(base, path, `${edit(text)}\n`, message);
      const before = performance.now();
      try {
        await this.#repository.git("update-ref", "refs/heads/main", commit, head);
        this.dropped.set(head, before);
        return commit;
      } catch {
        // A daemon was faster.
      }
    }
  }

  async #commitOn(base: string, path: string, text: string, message: string): Promise<string> {
    const branch = `scratch/${message.replaceAll(/[^a-z0-9-]/gi, "-")}`;
    return this.#repository.commit({ [path]: text }, { branch, parent: base, message });
  }

  /** A commit and all before it. */
  async ancestors(commit: string): Promise<readonly string[]> {
    return (await this.#repository.git("rev-list", commit)).split("\n");
  }

  /** All commits that the branch had since `from`. */
  async seen(from: string): Promise<CommitGraph> {
    const { path } = this.#repository;
    const reflog = await readFile(join(path, "logs", "refs", "heads", "main"), "utf8");
    const heads = reflog.split("\n").flatMap((line) => line.match(/^[0-9a-f]{40} ([0-9a-f]{40})/)?.[1] ?? []);
    const options = ["--format=raw", "-p", "-U0", "--no-color", "--no-renames"];
    const log = await nativeGit(["-C", path, "log", "--stdin", ...options], {
      input: [...new Set(heads), `^${from}`].join("\n"),
    });
    const commits = new Map<string, SeenCommit>();
    for (const part of log.split(/^commit (?=[0-9a-f]{40}$)/m).slice(1)) {
      const commit = parseCommit(part);
      commits.set(commit.oid, commit);
    }
    return new CommitGraph(from, commits);
  }

  /** Forgets what was thrown away before: it must not be taken for the next schedule's. */
  async forgetDropped(): Promise<void> {
    if (this.dropped.size === 0) return;
    await this.#repository.git("reflog", "expire", "--expire=all", "--all");
    this.dropped.clear();
  }
}

function parseCommit(part: string): SeenCommit {
  const [oid = "", ...lines] = part.split("\n");
  const changes = new Map<string, { added: string[]; removed: string[] }>();
  let current: { added: string[]; removed: string[] } | undefined;
  let parent: string | undefined;
  let instance: string | undefined;
  for (const line of lines) {
    const file = /^diff --git a\/(\S+) /.exec(line)?.[1];
    if (file !== undefined) {
      current = { added: [], removed: [] };
      changes.set(file, current);
    } else if (current === undefined) {
      parent ??= /^parent (\S+)$/.exec(line)?.[1];
      instance ??= /^vexil-instance (.+)$/.exec(line)?.[1];
    } else if (line.startsWith("+") && !line.startsWith("+++")) current.added.push(line.slice(1));
    else if (line.startsWith("-") && !line.startsWith("---")) current.removed.push(line.slice(1));
  }
  return { oid, parent, instance, changes };
}
