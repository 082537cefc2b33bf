import { createHash } from "node:crypto";
import type { Oid, RefName, RefStore } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { SINKS_PREFIX } from "../storage/ref-names.js";

/** Where a sink stands in an environment. */
export interface Cursor {
  /** All up to this commit is told; undefined: nothing. */
  readonly at: Oid | undefined;
  /** The commit whose events are being delivered: some of them may be told. undefined: none. */
  readonly to: Oid | undefined;
}

/** Cursors of one sink in one storage, by environment. */
export interface Cursors {
  /** undefined: the sink has not been there before. */
  read(environment: string): Promise<Cursor | undefined>;
  /** @throws VexilError `VEXIL_UNAVAILABLE_STORAGE` when another daemon has moved it */
  move(environment: string, cursor: Cursor): Promise<void>;
  forget(environment: string): Promise<void>;
}

const PLACES = ["at", "to"] as const;

/**
 * Cursors as refs of the storage's backend. Daemons that share one share them, and nothing prunes what they name: a state
 * that was told can be compared with, also after the branch was rewritten.
 */
export class RefCursors implements Cursors {
  readonly #refs: RefStore;
  readonly #sink: string;
  /** As last seen or set. */
  readonly #known = new Map<string, Cursor>();

  constructor(refs: RefStore, sink: string) {
    this.#refs = refs;
    this.#sink = sink;
  }

  async read(environment: string): Promise<Cursor | undefined> {
    const prefix = this.#prefix(environment);
    const found = await this.#refs.list(prefix);
    const cursor = { at: found.get(`${prefix}at`), to: found.get(`${prefix}to`) };
    this.#known.set(environment, cursor);
    return cursor.at === undefined && cursor.to === undefined ? undefined : cursor;
  }

  async move(environment: string, cursor: Cursor): Promise<void> {
    if (!this.#known.has(environment)) await this.read(environment);
    const known = this.#known.get(environment);
    const prefix = this.#prefix(environment);
    const updates = PLACES.flatMap((place) => {
      const [old, next] = [known?.[place], cursor[place]];
      return old === next ? [] : [{ ref: `${prefix}${place}`, old, new: next, reason: `sink ${this.#sink}` }];
    });
    if (updates.length === 0) return;
    // Refused, it is looked up once more by whoever asks next.
    this.#known.delete(environment);
    if (!(await this.#refs.compareAndSwap(updates))) {
      throw new VexilError(
        "VEXIL_UNAVAILABLE_STORAGE",
        `the place of sink ${this.#sink} in ${environment} was moved by somebody else, or cannot be moved for now`,
        { details: { step: "backend" } },
      );
    }
    this.#known.set(environment, cursor);
  }

  async forget(environment: string): Promise<void> {
    await this.read(environment);
    await this.move(environment, { at: undefined, to: undefined });
    this.#known.delete(environment);
  }

  /** Names of environments may hold what names of refs may not. */
  #prefix(environment: string): RefName {
    const hash = createHash("sha256").update(environment).digest("hex").slice(0, 16);
    return `${SINKS_PREFIX}${this.#sink}/${hash}/`;
  }
}
