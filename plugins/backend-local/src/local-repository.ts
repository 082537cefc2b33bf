import { statSync } from "node:fs";
import { join } from "node:path";
import type { BackendContext } from "@vexil/core/plugin";
import { DiskObjects } from "./objects/disk-objects.js";
import { DiskRefs } from "./refs/disk-refs.js";
import { Reflog } from "./refs/reflog.js";
import { checkFormat } from "./repository/check-repository.js";
import { type OpenedRepository, readConfig } from "./repository/open-repository.js";
import { DiskShallowList } from "./shallow-list.js";

/** The stores of one opened repository. */
export class LocalRepository {
  readonly objects: DiskObjects;
  readonly refs: DiskRefs;
  readonly shallow: DiskShallowList;
  readonly #opened: OpenedRepository;
  #configKey: string;

  private constructor(opened: OpenedRepository, context: BackendContext) {
    this.#opened = opened;
    const { layout, config, bare, permissions, locks } = opened;
    const reflog = new Reflog({ config, bare, permissions, signature: context.storage.signature });
    this.objects = new DiskObjects(layout.commonDirectory, permissions);
    this.refs = new DiskRefs({
      commonDirectory: layout.commonDirectory,
      bare: bare || config.flag("core.bare") === true,
      branch: `refs/heads/${context.storage.branch}`,
      locks,
      reflog,
      permissions,
      logger: context.logger,
    });
    this.shallow = new DiskShallowList(layout.commonDirectory, this.objects, locks);
    this.#configKey = this.#readConfigKey();
  }

  static async start(opened: OpenedRepository, context: BackendContext): Promise<LocalRepository> {
    return new LocalRepository(opened, context);
  }

  get identity(): string {
    return this.#opened.layout.identity;
  }

  get bare(): boolean {
    return this.#opened.bare;
  }

  /** @throws VexilError VEXIL_UNAVAILABLE_REPOSITORY when the repository became one that is not supported */
  checkConfig(): void {
    const key = this.#readConfigKey();
    if (key === this.#configKey) return;
    checkFormat(this.#opened.layout.root, readConfig(this.#opened.layout));
    this.#configKey = key;
  }

  close(): void {
    this.objects.close();
    this.#opened.directoryLock.release();
  }

  #readConfigKey(): string {
    const path = join(this.#opened.layout.commonDirectory, "config");
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stat === undefined ? "" : `${stat.ino} ${stat.size} ${stat.mtimeNs}`;
  }
}
