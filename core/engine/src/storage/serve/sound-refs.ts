import { inBatches } from "@vexil/git/serve/in-batches";
import type { GitObject, ObjectStore, Oid, RefName } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { Clock } from "../../model/clock.js";

/** Objects that were found are looked for again after so long: they may have been lost since. */
const TRUSTED_MS = 60_000;

/** Leaves out refs whose object is missing or damaged: told to clients, a single one ends each clone. */
export class SoundRefs {
  readonly #objects: ObjectStore;
  readonly #clock: Clock;
  #found = new Set<Oid>();
  #since = Number.NEGATIVE_INFINITY;

  constructor(objects: ObjectStore, clock: Clock) {
    this.#objects = objects;
    this.#clock = clock;
  }

  /** @throws VexilError of the backend, but for VEXIL_UNAVAILABLE_CORRUPT */
  async of(refs: ReadonlyMap<RefName, Oid>, signal: AbortSignal): Promise<ReadonlyMap<RefName, Oid>> {
    const now = this.#clock.elapsed();
    if (now - this.#since >= TRUSTED_MS) {
      this.#found = new Set();
      this.#since = now;
    }
    // Others look at the same time, each at the refs of its own moment.
    const found = this.#found;
    const open = [...new Set(refs.values())].filter((oid) => !found.has(oid));
    const read = (oids: readonly Oid[]): Promise<ReadonlyMap<Oid, GitObject>> => this.#readable(oids, signal);
    for await (const { oid } of inBatches(read, open)) found.add(oid);
    const isSound = ([, oid]: readonly [RefName, Oid]): boolean => found.has(oid);
    return [...refs].every(isSound) ? refs : new Map([...refs].filter(isSound));
  }

  /** A read of many rejects for one that is damaged: then they are read one by one. */
  async #readable(oids: readonly Oid[], signal: AbortSignal): Promise<ReadonlyMap<Oid, GitObject>> {
    try {
      return await this.#objects.read(oids, signal);
    } catch (error) {
      if (!VexilError.is(error) || error.code !== "VEXIL_UNAVAILABLE_CORRUPT") throw error;
    }
    if (oids.length === 1) return new Map();
    const middle = oids.length >> 1;
    const [left, right] = [
      await this.#readable(oids.slice(0, middle), signal),
      await this.#readable(oids.slice(middle), signal),
    ];
    return new Map([...left, ...right]);
  }
}
