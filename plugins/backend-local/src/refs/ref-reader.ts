import type { Logger, Oid, RefName } from "@vexil/plugin-api";
import { TimeSlice } from "@vexil/plugin-api";
import { corrupt, unsupported } from "../disk/disk-error.js";
import { listLooseRefs, readLooseRef } from "./loose-refs.js";
import type { PackedRefs } from "./packed-refs.js";

export interface RefReaderOptions {
  readonly commonDirectory: string;
  /** A branch whose damaged ref is an error and not an absent branch; undefined: none. */
  readonly branch: RefName | undefined;
  readonly logger: Logger;
}

/** Reads loose and packed refs. */
export class RefReader {
  readonly #directory: string;
  readonly #branch: RefName | undefined;
  readonly #logger: Logger;
  readonly #packed: PackedRefs;
  readonly #reported = new Set<string>();

  constructor({ commonDirectory, branch, logger }: RefReaderOptions, packed: PackedRefs) {
    this.#directory = commonDirectory;
    this.#branch = branch;
    this.#logger = logger;
    this.#packed = packed;
  }

  async list(prefix: string): Promise<ReadonlyMap<RefName, Oid>> {
    const slice = new TimeSlice();
    const loose = new Map<RefName, Oid | undefined>();
    for (const [ref, value] of listLooseRefs(this.#directory, prefix)) {
      if (value.type === "oid") loose.set(ref, value.oid);
      if (value.type === "symbolic") loose.set(ref, undefined);
      if (value.type === "broken") {
        if (ref === this.#branch || ref === prefix) throw broken(value.path);
        this.#reportBroken(value.path);
        loose.set(ref, undefined);
      }
      await slice.pause();
    }
    // Packed ones are read last: `git pack-refs` writes them before it removes the files.
    const found = new Map<RefName, Oid>();
    for (const [ref, oid] of this.#packed.read()) if (ref.startsWith(prefix) && !loose.has(ref)) found.set(ref, oid);
    for (const [ref, oid] of loose) if (oid !== undefined) found.set(ref, oid);
    return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** @throws VexilError VEXIL_UNAVAILABLE_CORRUPT, VEXIL_UNAVAILABLE_REPOSITORY for a symbolic ref */
  read(ref: RefName): Oid | undefined {
    const value = readLooseRef(this.#directory, ref);
    if (value.type === "oid") return value.oid;
    if (value.type === "broken") throw broken(value.path);
    if (value.type === "symbolic") throw unsupported(`${ref} is a symbolic ref to ${value.target}; it is not followed`);
    return this.#packed.read().get(ref);
  }

  #reportBroken(path: string): void {
    if (this.#reported.has(path)) return;
    this.#reported.add(path);
    this.#logger.log("warn", "ref.broken", "a ref is damaged and ignored", { path });
  }
}

function broken(path: string): Error {
  return corrupt(
    `${path} is damaged: it holds no object id; write the branch's commit into it ("git reflog" knows it)`,
  );
}
