import { statSync } from "node:fs";
import { join } from "node:path";
import type { BackendContext, GitObject, Oid, WorkTree } from "@vexil/plugin-api";
import { isNoSpace } from "./disk/disk-error.js";
import { markOf, ownIdentity } from "./locks/process-identity.js";
import { DiskObjects } from "./objects/disk-objects.js";
import { pruneObjects, sweepUnfinished } from "./objects/prune-objects.js";
import { RecentObjects } from "./objects/recent-objects.js";
import { TreeReader } from "./objects/tree-reader.js";
import { DiskRefs } from "./refs/disk-refs.js";
import { Reflog } from "./refs/reflog.js";
import { checkFormat } from "./repository/check-repository.js";
import type { GitConfig } from "./repository/git-config.js";
import { type OpenedRepository, readConfig } from "./repository/open-repository.js";
import { DiskShallowList } from "./shallow-list.js";
import { ApplyJournal } from "./work-tree/apply-journal.js";
import { DirectoryWalk } from "./work-tree/directory-walk.js";
import { DiskWorkTree } from "./work-tree/disk-work-tree.js";
import { GitActivity } from "./work-tree/git-activity.js";
import { checkedOutElsewhere } from "./work-tree/head-state.js";
import { IndexCache } from "./work-tree/index-cache.js";
import { StaleIndex } from "./work-tree/stale-index.js";
import { WorkTreeGuard } from "./work-tree/work-tree-guard.js";
import type { WorkTreeParts } from "./work-tree/work-tree-parts.js";
import { type Recovered, WorkTreeRecovery } from "./work-tree/work-tree-recovery.js";
import { WorkTreeScanner } from "./work-tree/work-tree-scanner.js";
import { WorkTreeUpdater } from "./work-tree/work-tree-updater.js";

/** The stores of one opened repository. */
export class LocalRepository {
  readonly objects: DiskObjects;
  readonly recent: RecentObjects;
  readonly refs: DiskRefs;
  readonly shallow: DiskShallowList;
  readonly workTree: WorkTree | undefined;
  readonly #opened: OpenedRepository;
  readonly #recovery: WorkTreeRecovery | undefined;
  #config: GitConfig;
  #configKey: string;

  private constructor(opened: OpenedRepository, context: BackendContext) {
    this.#opened = opened;
    const { layout, config, bare, permissions, locks } = opened;
    this.#config = config;
    this.#configKey = this.#readConfigKey();
    const reflog = new Reflog({ config, bare, permissions, signature: context.storage.signature });
    this.objects = new DiskObjects(layout.commonDirectory, permissions);
    this.recent = new RecentObjects(layout.commonDirectory, this.objects);
    this.refs = new DiskRefs({
      recent: this.recent,
      commonDirectory: layout.commonDirectory,
      bare: bare || config.flag("core.bare") === true,
      branch: `refs/heads/${context.storage.branch}`,
      locks,
      reflog,
      permissions,
      logger: context.logger,
    });
    this.shallow = new DiskShallowList(layout.commonDirectory, this.objects, locks);
    if (opened.workTree === undefined) return;
    const parts = this.#workTreeParts(opened.workTree, reflog);
    const boot = ownIdentity().space;
    this.#recovery = new WorkTreeRecovery(parts, boot);
    const branch = `refs/heads/${context.storage.branch}`;
    const scanner = new WorkTreeScanner({
      ...parts,
      branch,
      logger: context.logger,
      elsewhere: () => checkedOutElsewhere(layout, branch, this.refs.bare),
    });
    const stale = new StaleIndex(parts, context.logger);
    const updater = new WorkTreeUpdater(parts, this.#recovery, stale);
    this.workTree = new DiskWorkTree(parts, scanner, updater, stale, context.logger);
  }

  /** Finishes or undoes what a killed daemon left half done. */
  static async start(opened: OpenedRepository, context: BackendContext): Promise<LocalRepository> {
    try {
      const repository = new LocalRepository(opened, context);
      const recovered = await repository.#recover();
      if (recovered !== "none") {
        const fields = { path: opened.layout.root, outcome: recovered };
        context.logger.log("info", "work-tree.recovered", "an interrupted update was finished or undone", fields);
      }
      const { takenFrom } = opened.directoryLock;
      sweepUnfinished(repository.objects, takenFrom === undefined ? undefined : markOf(takenFrom));
      return repository;
    } catch (error) {
      opened.directoryLock.release();
      throw error;
    }
  }

  get identity(): string {
    return this.#opened.layout.identity;
  }

  /** Directory for files that are none of git's. */
  get directory(): string {
    return join(this.#opened.layout.gitDirectory, "vexil");
  }

  get bare(): boolean {
    return this.#opened.bare;
  }

  /** @throws VexilError VEXIL_UNAVAILABLE_REPOSITORY when the repository became one that is not supported */
  checkConfig(): void {
    const key = this.#readConfigKey();
    if (key === this.#configKey) return;
    const config = readConfig(this.#opened.layout);
    checkFormat(this.#opened.layout.root, config);
    this.#config = config;
    this.#configKey = key;
  }

  /** @throws VexilError VEXIL_UNAVAILABLE_SPACE when the directory can only be read now */
  requireWritable(): void {
    this.#opened.directoryLock.require();
  }

  /** Without space it is left to the next write. */
  async #recover(): Promise<Recovered> {
    try {
      return (await this.#recovery?.run()) ?? "none";
    } catch (error) {
      if (!isNoSpace(error)) throw error;
      return "none";
    }
  }

  async writeObjects(objects: readonly GitObject[], signal?: AbortSignal): Promise<void> {
    await this.objects.write(objects, signal);
    this.recent.add(objects);
  }

  /** Nothing of a user's clone is ever deleted. */
  async prune(options: { readonly roots: readonly Oid[]; readonly keepNewerThanMs: number }): Promise<void> {
    if (!this.bare || this.#config.flag("extensions.preciousobjects")) return;
    const { layout, permissions } = this.#opened;
    const { objects, refs, shallow, recent } = this;
    const forget = recent.forget.bind(recent);
    await pruneObjects(
      { commonDirectory: layout.commonDirectory, objects, refs, shallow, permissions, forget },
      options,
    );
    const cut = await shallow.read();
    const left = await objects.read([...cut]);
    await shallow.update(
      [],
      [...cut].filter((oid) => !left.has(oid)),
    );
  }

  close(): void {
    this.recent.close();
    this.objects.close();
    this.#opened.directoryLock.release();
  }

  #workTreeParts(workTree: string, reflog: Reflog): WorkTreeParts {
    const { layout, locks } = this.#opened;
    const root = `${workTree}/`;
    const index = new IndexCache(join(layout.gitDirectory, "index"));
    return {
      root,
      gitDirectory: layout.gitDirectory,
      commonDirectory: layout.commonDirectory,
      config: () => this.#config,
      refs: this.refs,
      reflog,
      objects: this.objects,
      trees: new TreeReader(this.objects),
      locks,
      walk: new DirectoryWalk(root, join(layout.commonDirectory, "info", "exclude")),
      guard: new WorkTreeGuard(layout, () => this.#config, this.refs, index),
      index,
      activity: new GitActivity(layout),
      journal: new ApplyJournal(layout.gitDirectory),
    };
  }

  #readConfigKey(): string {
    const path = join(this.#opened.layout.commonDirectory, "config");
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stat === undefined ? "" : `${stat.ino} ${stat.size} ${stat.mtimeNs}`;
  }
}
