import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { SnapshotStore } from "@vexil/engine/storage/state/snapshot-store";
import { createSnapshotBuilder } from "@vexil/flags/create-snapshot-builder";
import { DEFAULT_FEATURE_LIMITS } from "@vexil/flags/read/document";
import type { Scope } from "../files/temporary-directory.js";

const sha1 = (text: string | Buffer): string => createHash("sha1").update(text).digest("hex");

/** Features files by path. */
export type Files = Readonly<Record<string, string>>;

/** The two files of the golden examples, as they stand there byte for byte. */
export function exampleFiles(): Files {
  const read = (path: string): string =>
    readFileSync(new URL(`../../../fixtures/examples/${path}`, import.meta.url), "utf8");
  return { "default/features.yaml": read("default/features.yaml"), "ops/features.yaml": read("ops/features.yaml") };
}

/** Builds snapshots of files and publishes them, as the pipeline does after a fetch. */
export class FilePublisher {
  readonly #store: SnapshotStore;
  readonly #builder = createSnapshotBuilder({ processes: 1 });

  constructor(scope: Scope, store: SnapshotStore) {
    this.#store = store;
    scope.teardown(() => this.#builder.close());
  }

  /** Makes an environment known that has no snapshot yet. */
  declare(key: string, options: { default?: boolean; base?: string } = {}): void {
    this.#store.declare({
      key,
      storage: "default",
      default: options.default ?? false,
      branch: "main",
      directory: "",
      remote: undefined,
      base: options.base,
    });
  }

  async publish(environment: string, files: Files): Promise<void> {
    const blobs = new Map(Object.entries(files).map(([path, text]) => [path, sha1(text)]));
    const contents = new Map(Object.values(files).map((text) => [sha1(text), Buffer.from(text)]));
    const { snapshot, changedNamespaces } = await this.#builder.build({
      environment,
      storage: "default",
      revision: sha1(JSON.stringify(files)),
      directory: "",
      files: blobs,
      read: async (oids) => new Map(oids.map((oid) => [oid, contents.get(oid) ?? Buffer.alloc(0)])),
      previous: this.#store.get(environment)?.snapshot,
      limits: DEFAULT_FEATURE_LIMITS,
    });
    const storage = this.#store.get(environment)?.info.storage ?? "";
    this.#store.publish(environment, storage, snapshot, changedNamespaces);
  }
}
