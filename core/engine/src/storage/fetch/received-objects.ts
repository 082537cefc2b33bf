import type { Backend, GitObject, Oid } from "@vexil/plugin-api";

/** Histories are deepened by less; who sends more is not worth looking through. */
const MAX_COMMITS = 20_000;

/** The objects of one fetch on their way into the store. The commits that were asked for are held back until the end. */
export class ReceivedObjects {
  readonly #backend: Backend;
  readonly #wanted: ReadonlySet<Oid>;
  readonly #held = new Map<Oid, GitObject>();
  readonly #commits: Oid[] = [];

  constructor(backend: Backend, wanted: readonly Oid[]) {
    this.#backend = backend;
    this.#wanted = new Set(wanted);
  }

  /** All that have come; undefined: too many. */
  get commits(): readonly Oid[] | undefined {
    return this.#commits.length > MAX_COMMITS ? undefined : this.#commits;
  }

  async take(objects: readonly GitObject[], signal: AbortSignal): Promise<void> {
    for (const object of objects) {
      if (this.#wanted.has(object.oid)) this.#held.set(object.oid, object);
      if (object.type === "commit" && this.#commits.length <= MAX_COMMITS) this.#commits.push(object.oid);
    }
    const others = objects.filter(({ oid }) => !this.#wanted.has(oid));
    if (others.length > 0) await this.#backend.objects.write(others, signal);
  }

  /** Reads received objects and those stored before. */
  async read(oids: readonly Oid[], signal: AbortSignal): Promise<ReadonlyMap<Oid, GitObject>> {
    const found = new Map(await this.#backend.objects.read(oids, signal));
    for (const oid of oids) {
      const held = this.#held.get(oid);
      if (held !== undefined) found.set(oid, held);
    }
    return found;
  }

  async end(signal: AbortSignal): Promise<void> {
    if (this.#held.size > 0) await this.#backend.objects.write([...this.#held.values()], signal);
  }
}
