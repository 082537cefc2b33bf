import { randomUUID } from "node:crypto";
import { mkdir, readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { ServedState } from "@vexil/plugin-api";
import writeFileAtomic from "write-file-atomic";
import type { Cursor } from "./cursors.js";

/** The state of the storage that was told last, and how many there were before. */
export interface ToldState {
  readonly state: ServedState;
  readonly count: number;
}

interface KeptText {
  readonly version: 1;
  readonly mark: string;
  readonly told?: ToldState;
  readonly cursors: Readonly<Record<string, Partial<Cursor>>>;
}

const MOST_BYTES = 16e6;
const STATES: readonly unknown[] = ["ready", "stale", "failed"] satisfies ServedState[];
const OID = /^[0-9a-f]{40}$/;

/** A small file of what one sink has been told of one storage, as far as the storage cannot keep it. */
export class KeptState {
  /** Of this file: states of a storage are this daemon's own. */
  readonly mark: string;
  readonly #path: string;
  readonly #failed: (error: unknown) => void;
  readonly #cursors: Map<string, Cursor>;
  #told: ToldState | undefined;
  #saving: Promise<void> = Promise.resolve();

  private constructor(path: string, kept: KeptText | undefined, failed: (error: unknown) => void) {
    this.#path = path;
    this.#failed = failed;
    this.mark = kept?.mark ?? randomUUID();
    this.#told = kept?.told;
    this.#cursors = new Map(
      Object.entries(kept?.cursors ?? {}).map(([key, { at, to }]) => [key, { at: oidOf(at), to: oidOf(to) }]),
    );
  }

  /** Reads the file; a missing or damaged one is begun anew. What cannot be kept later is told to `failed`. */
  static async open(path: string, failed: (error: unknown) => void): Promise<KeptState> {
    try {
      return new KeptState(path, parse(await readBounded(path)), failed);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") failed(error);
      return new KeptState(path, undefined, failed);
    }
  }

  get told(): ToldState | undefined {
    return this.#told;
  }

  cursor(environment: string): Cursor | undefined {
    return this.#cursors.get(environment);
  }

  tell(told: ToldState): Promise<void> {
    this.#told = told;
    return this.#save();
  }

  /** @param cursor undefined: it is forgotten */
  place(environment: string, cursor: Cursor | undefined): Promise<void> {
    if (cursor === undefined) this.#cursors.delete(environment);
    else this.#cursors.set(environment, cursor);
    return this.#save();
  }

  /** Never rejects: what cannot be kept is known as long as the process lives. */
  #save(): Promise<void> {
    this.#saving = this.#saving.then(async () => {
      const kept = { version: 1, mark: this.mark, told: this.#told, cursors: Object.fromEntries(this.#cursors) };
      await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
      await writeFileAtomic(this.#path, `${JSON.stringify(kept)}\n`, { mode: 0o600 });
    });
    this.#saving = this.#saving.catch(this.#failed);
    return this.#saving;
  }
}

async function readBounded(path: string): Promise<string> {
  if ((await stat(path)).size > MOST_BYTES) throw new Error("the file is larger than 16 MB; it is begun anew");
  return readFile(path, "utf8");
}

function parse(text: string): KeptText {
  const kept = JSON.parse(text) as Partial<KeptText>;
  const { told, cursors, mark } = kept;
  const isTold = told === undefined || (STATES.includes(told.state) && Number.isInteger(told.count));
  const areCursors = typeof cursors === "object" && cursors !== null;
  if (kept.version !== 1 || typeof mark !== "string" || !isTold || !areCursors) {
    throw new Error("the file is not what was written there; it is begun anew");
  }
  return kept as KeptText;
}

const oidOf = (text: unknown): string | undefined => (typeof text === "string" && OID.test(text) ? text : undefined);
