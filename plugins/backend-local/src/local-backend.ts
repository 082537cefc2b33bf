import { resolve } from "node:path";
import type {
  Backend,
  BackendContext,
  GitObject,
  ObjectStore,
  Oid,
  RefName,
  RefStore,
  RefUpdate,
  ShallowList,
  WorkTree,
} from "@vexil/plugin-api";
import { errnoOf, unsupported } from "./disk/disk-error.js";
import { LocalRepository } from "./local-repository.js";
import { findLayout, type Layout } from "./repository/layout.js";
import { openExisting, openRepository } from "./repository/open-repository.js";
import type { Settings } from "./settings.js";
import { DirectoryWatch } from "./watch/directory-watch.js";

/**
 * The repository at a path. A directory that is swapped (a symbolic link that points elsewhere, a directory that was
 * deleted and made again) is opened anew at the next call.
 */
export class LocalBackend implements Backend {
  readonly #path: string;
  readonly #context: BackendContext;
  readonly #watches: boolean;
  readonly #ended = new AbortController();
  #repository: LocalRepository;
  #opening: Promise<LocalRepository> | undefined;
  #closed = false;
  readonly directory: string;
  /** Only where users edit files. */
  readonly workTree?: WorkTree;

  private constructor(settings: Settings, context: BackendContext, repository: LocalRepository) {
    this.#path = resolve(settings.path);
    this.#watches = settings.watch ?? true;
    this.#context = context;
    this.#repository = repository;
    this.directory = repository.directory;
    if (repository.workTree === undefined) return;
    this.workTree = {
      scan: async (wanted, signal) => this.#workTreeOf(await this.#current()).scan(wanted, signal),
      apply: (update, signal) => this.#write((current) => this.#workTreeOf(current).apply(update, signal)),
    };
  }

  static async open(settings: Settings, context: BackendContext): Promise<LocalBackend> {
    const opened = await openRepository(settings.path, context);
    return new LocalBackend(settings, context, await LocalRepository.start(opened, context));
  }

  readonly objects: ObjectStore = {
    read: async (oids: readonly Oid[], signal?: AbortSignal): Promise<ReadonlyMap<Oid, GitObject>> =>
      (await this.#current()).objects.read(oids, signal),
    write: async (objects: readonly GitObject[], signal?: AbortSignal): Promise<void> =>
      this.#write((repository) => repository.writeObjects(objects, signal)),
  };

  readonly refs: RefStore = {
    list: async (prefix: string): Promise<ReadonlyMap<RefName, Oid>> => (await this.#current()).refs.list(prefix),
    compareAndSwap: async (updates: readonly RefUpdate[]): Promise<boolean> =>
      this.#write(({ refs }) => refs.compareAndSwap(updates)),
  };

  readonly shallow: ShallowList = {
    read: async (): Promise<ReadonlySet<Oid>> => (await this.#current()).shallow.read(),
    update: async (add: readonly Oid[], remove: readonly Oid[]): Promise<void> =>
      this.#write(({ shallow }) => shallow.update(add, remove)),
  };

  async prune(options: { readonly roots: readonly Oid[]; readonly keepNewerThanMs: number }): Promise<void> {
    await this.#write((repository) => repository.prune(options));
  }

  watch(changed: () => void, signal: AbortSignal): void {
    if (!this.#watches) return;
    new DirectoryWatch(this.#path, changed, this.#context.logger, AbortSignal.any([signal, this.#ended.signal]));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#ended.abort();
    await this.#opening?.catch(() => undefined);
    this.#repository.close();
  }

  #workTreeOf({ workTree }: LocalRepository): WorkTree {
    if (workTree === undefined) throw unsupported(`${this.#path} has no work tree any more; restart the daemon`);
    return workTree;
  }

  async #write<T>(work: (repository: LocalRepository) => Promise<T>): Promise<T> {
    const repository = await this.#current();
    repository.requireWritable();
    try {
      return await work(repository);
    } catch (error) {
      // It may have been moved away meanwhile.
      if (errnoOf(error) === "ENOENT") this.#findLayout();
      throw error;
    }
  }

  async #current(): Promise<LocalRepository> {
    if (this.#opening !== undefined) return this.#opening;
    const layout = this.#findLayout();
    if (layout.identity === this.#repository.identity) {
      this.#repository.checkConfig();
      return this.#repository;
    }
    this.#opening = this.#reopen(layout).finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  #findLayout(): Layout {
    let layout: Layout | undefined;
    try {
      layout = findLayout(this.#path);
    } catch (error) {
      throw unsupported(`${this.#path} is not there any more; put the repository back`, error);
    }
    if (layout === undefined) throw unsupported(`${this.#path} is no repository any more; put the repository back`);
    return layout;
  }

  async #reopen(layout: Layout): Promise<LocalRepository> {
    const context = { ...this.#context, signal: AbortSignal.timeout(8000) };
    const opened = await openExisting(layout, context);
    if (this.#closed || opened.bare !== this.#repository.bare) {
      opened.directoryLock.release();
      throw unsupported(`${this.#path} changed between a bare repository and a clone; restart the daemon`);
    }
    const before = this.#repository;
    this.#repository = await LocalRepository.start(opened, this.#context);
    before.close();
    const fields = { path: this.#path, target: layout.root };
    this.#context.logger.log("info", "repository.swapped", "the directory was swapped and is opened anew", fields);
    return this.#repository;
  }
}
