import { performance } from "node:perf_hooks";
import type { StorageConfig } from "../config/config.js";
import type { Backend, Oid, WorkTreeScan } from "../contract/backend.js";
import { VexilError } from "../errors/vexil-error.js";
import type { Remote } from "../git/remote.js";
import type { Repository } from "../git/repository-view.js";
import type { SyncEvent } from "../pipeline/events.js";
import { type BranchPublisher, blobId, type Edits, NO_EDITS } from "./branch-publisher.js";
import type { BranchSet, ServedBranch } from "./branch-set.js";
import { followBare } from "./follow-remote.js";
import { headRef, trackingRef, wantedBranch } from "./ref-names.js";
import { RemoteSync } from "./remote-sync.js";
import { makeSeedCommit } from "./seed-branch.js";
import type { Download, StepContext, Storage } from "./storage.js";

/** What a storage is made of. */
export interface GitStorageParts {
  readonly config: StorageConfig;
  readonly repository: Repository;
  readonly remote: Remote | undefined;
  readonly branches: BranchSet;
  readonly publisher: BranchPublisher;
  /** Mark of this daemon in the commits it makes. */
  readonly instance: string;
  readonly now: () => number;
}

/** The one implementation of {@link Storage}: a Backend seen as a git repository, perhaps with a remote. */
export class GitStorage implements Storage {
  readonly parts: GitStorageParts;
  readonly #backend: Backend;
  readonly #sync: RemoteSync | undefined;
  /** What the work tree's edits were when the branch was last published. */
  #editsKey = "";

  constructor(parts: GitStorageParts) {
    this.parts = parts;
    this.#backend = parts.repository.backend;
    this.#sync =
      parts.remote === undefined ? undefined : new RemoteSync(parts.remote, this.#backend, parts.config.branch);
  }

  get id(): string {
    return this.parts.config.id;
  }

  get config(): StorageConfig {
    return this.parts.config;
  }

  get hasRemote(): boolean {
    return this.#sync !== undefined;
  }

  async openState(context: StepContext): Promise<{ readonly served: boolean; readonly events: readonly SyncEvent[] }> {
    const head = await this.#head(this.config.branch);
    if (head === undefined) {
      if (this.#sync !== undefined) return { served: false, events: [] };
      const seed = await makeSeedCommit(this.parts.repository, this.#authorship());
      await this.#create(this.config.branch, seed.oid, context.signal);
    }
    return { served: true, events: await this.rebuild(context) };
  }

  async download(context: StepContext): Promise<Download> {
    const sync = this.#requireSync();
    const found = await sync.download(context.signal);
    if (found.heads.has(this.config.branch)) return found;
    const known = found.previous.get(this.config.branch) ?? this.parts.branches.main.known.head;
    if (known !== undefined) {
      throw new VexilError(
        "VEXIL_REMOTE_BRANCH_GONE",
        `the remote no longer has the branch "${this.config.branch}"; its last state stays. Push the branch again, or change storage.${this.id}.branch`,
        { details: { step: "ref" } },
      );
    }
    await this.#seedRemote(context);
    return sync.download(context.signal);
  }

  async advance(download: Download, context: StepContext): Promise<readonly SyncEvent[]> {
    const events: SyncEvent[] = [];
    const names = new Set([...download.heads.keys(), ...download.previous.keys(), this.config.branch]);
    for (const name of names) {
      const target = download.heads.get(name);
      const followed = await followBare(this.parts.repository, name, target, download.previous.get(name));
      if (followed.kept !== undefined) {
        events.push(
          this.#event(context, {
            type: "commit.kept",
            commit: followed.kept.commit,
            ref: followed.kept.ref,
            reason: `the remote's ${name} replaces it`,
          }),
        );
      }
    }
    return [...events, ...(await this.rebuild(context))];
  }

  async rebuild(context: StepContext): Promise<readonly SyncEvent[]> {
    const heads = await this.#heads();
    const events: SyncEvent[] = [];
    const { appeared, vanished } = this.parts.branches.reconcile(heads.keys());
    for (const branch of appeared) events.push(this.#branchEvent(context, "branch.appeared", branch));
    for (const branch of vanished) events.push(this.#branchEvent(context, "branch.vanished", branch));

    const scan = await this.#scan(context.signal);
    const edits = this.#servedEdits(scan);
    const editsKey = keyOf(edits);
    let changed = false;
    for (const branch of this.parts.branches.all()) {
      const head = heads.get(branch.name);
      if (head === undefined) {
        if (branch !== this.parts.branches.main) continue;
        throw new VexilError(
          "VEXIL_REMOTE_BRANCH_GONE",
          `the repository has no branch "${branch.name}"; its last state stays. Make the branch again, or change storage.${this.id}.branch`,
          { details: { step: "ref" } },
        );
      }
      const own = branch === this.parts.branches.main ? edits : NO_EDITS;
      const editsChanged = branch === this.parts.branches.main && editsKey !== this.#editsKey;
      if (branch.known.head === head && !editsChanged) continue;
      events.push(...(await this.publish(branch, head, own, false, context)));
      if (branch === this.parts.branches.main) this.#editsKey = editsKey;
      changed = true;
    }
    const head = heads.get(this.config.branch);
    events.push(
      this.#event(context, {
        type: "rebuild.succeeded",
        revision: head ?? "",
        changed,
        uncommitted: [...edits.keys()].sort(),
        ...(scan?.blocked === undefined ? {} : { blocked: scan.blocked }),
      }),
    );
    return events;
  }

  /** Serves a branch at a commit. */
  async publish(
    branch: ServedBranch,
    head: Oid,
    edits: Edits,
    own: boolean,
    context: StepContext,
  ): Promise<readonly SyncEvent[]> {
    const started = performance.now();
    const published = await this.parts.publisher.publish(branch, head, edits, {
      own,
      now: this.parts.now(),
      signal: context.signal,
    });
    if (!published.changed) return [];
    const snapshots = published.results.map((result) => result.snapshot);
    return [
      this.#event(context, {
        type: "snapshot.built",
        environments: published.environments,
        revision: head,
        quarantined: snapshots.flatMap((snapshot) => snapshot.quarantined),
        files: snapshots.reduce((sum, snapshot) => sum + snapshot.files.size, 0),
        flags: snapshots.reduce((sum, snapshot) => sum + flagCount(snapshot.namespaces.values()), 0),
        durationMs: performance.now() - started,
      }),
    ];
  }

  watch(changed: () => void, signal: AbortSignal): void {
    this.#backend.watch?.(changed, signal);
  }

  async close(): Promise<void> {
    await this.parts.remote?.close();
    await this.#backend.close();
  }

  /** All local heads that matter, by short name. */
  async #heads(): Promise<ReadonlyMap<string, Oid>> {
    const heads = new Map<string, Oid>();
    for (const [ref, oid] of await this.#backend.refs.list("refs/heads/")) {
      const name = wantedBranch(ref, this.config.branch);
      if (name !== undefined) heads.set(name, oid);
    }
    return heads;
  }

  async #head(branch: string): Promise<Oid | undefined> {
    const ref = headRef(branch);
    return (await this.#backend.refs.list(ref)).get(ref);
  }

  async #scan(signal: AbortSignal): Promise<WorkTreeScan | undefined> {
    const wanted = (path: string): boolean => this.parts.branches.main.environments.length > 0 && isFeaturesFile(path);
    return this.#backend.workTree?.scan(wanted, signal);
  }

  /** The work tree counts while the configured branch is checked out and nothing is under way in it. */
  #servedEdits(scan: WorkTreeScan | undefined): Edits {
    if (scan === undefined || scan.blocked !== undefined) return NO_EDITS;
    return scan.head.branch === headRef(this.config.branch) ? scan.edits : NO_EDITS;
  }

  async #create(branch: string, oid: Oid, signal: AbortSignal): Promise<void> {
    const update = { ref: headRef(branch), old: undefined, new: oid, reason: "commit (initial): add initial README" };
    const applied = await this.#backend.workTree?.apply(update, signal);
    if (applied === undefined || applied.type !== "applied") await this.#backend.refs.compareAndSwap([update]);
  }

  /** Gives a remote without the branch its first commit: what is here already, else a README. */
  async #seedRemote(context: StepContext): Promise<void> {
    const { repository, remote } = this.parts;
    if (remote === undefined) return;
    const seed = await makeSeedCommit(repository, this.#authorship());
    const result = await remote.push(
      { updates: [{ ref: headRef(this.config.branch), old: undefined, new: seed.oid }], objects: seed.objects },
      context.signal,
    );
    const report = result.refs.get(headRef(this.config.branch));
    if (report?.ok === false) {
      throw new VexilError(
        "VEXIL_REFUSED_PUSH",
        `the remote has no branch "${this.config.branch}" and refuses its first commit: ${report.reason} ${result.messages}`.trim(),
        { details: { step: "push" } },
      );
    }
  }

  #authorship(): { author: { name: string; email: string }; now: number; instance: string } {
    const { signature } = this.config;
    return {
      author: { name: signature.name, email: signature.email },
      now: this.parts.now(),
      instance: this.parts.instance,
    };
  }

  #requireSync(): RemoteSync {
    if (this.#sync === undefined) {
      throw new VexilError("VEXIL_INTERNAL_BUG", `storage ${this.id} has no remote to download from`);
    }
    return this.#sync;
  }

  #branchEvent(context: StepContext, type: "branch.appeared" | "branch.vanished", branch: ServedBranch): SyncEvent {
    const environment = branch.environments[0]?.key ?? branch.name;
    return this.#event(context, { type, environment, ref: trackingRef(branch.name) });
  }

  #event(context: StepContext, event: EventBody): SyncEvent {
    return { ...event, storage: this.id, at: this.parts.now(), correlationId: context.correlationId } as SyncEvent;
  }
}

type EventBody = SyncEvent extends infer Event
  ? Event extends SyncEvent
    ? Omit<Event, "storage" | "at" | "correlationId">
    : never
  : never;

function isFeaturesFile(path: string): boolean {
  return /\/features\.(?:yaml|yml|json)$/.test(path) || /(?:^|\/)flipt\.ya?ml$/.test(path);
}

function keyOf(edits: Edits): string {
  return [...edits].map(([path, bytes]) => `${path}\0${bytes === undefined ? "" : blobId(bytes)}`).join("\n");
}

function flagCount(namespaces: Iterable<{ readonly flags: ReadonlyMap<string, unknown> }>): number {
  let count = 0;
  for (const namespace of namespaces) count += namespace.flags.size;
  return count;
}
