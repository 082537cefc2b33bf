import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { syncDirectory, writeFileAtomically } from "../disk/atomic-file.js";
import { ifThere } from "../disk/if-there.js";
import type { TreeChange } from "../objects/tree-reader.js";

const file = z.object({ oid: z.string().regex(/^[0-9a-f]{40}$/), mode: z.int() });
const format = z.object({
  ref: z.string(),
  old: z.string().optional(),
  new: z.string(),
  boot: z.string(),
  changes: z.array(z.tuple([z.string(), file.nullable(), file.nullable()])),
});

/** An update of a work tree that is under way. */
export interface JournalEntry {
  readonly ref: string;
  readonly old: string | undefined;
  readonly new: string;
  /** The boot during which it was written: only a crash of the whole machine loses what was renamed. */
  readonly boot: string;
  readonly changes: ReadonlyMap<string, TreeChange>;
}

/** Keeps what an update is about to do, so that a restart can finish or undo it. */
export class ApplyJournal {
  readonly #directory: string;
  readonly #path: string;

  constructor(gitDirectory: string) {
    this.#directory = join(gitDirectory, "vexil");
    this.#path = join(this.#directory, "apply.json");
  }

  async write(entry: JournalEntry): Promise<void> {
    const changes = [...entry.changes].map(([path, { before, after }]) => [path, before ?? null, after ?? null]);
    const text = JSON.stringify({ ...entry, changes });
    await writeFileAtomically(this.#path, Buffer.from(text));
  }

  /** Reads the update that a killed process was about to do; only the daemon that holds the directory asks. */
  read(): JournalEntry | undefined {
    this.#sweep();
    const text = ifThere(() => readFileSync(this.#path, "utf8"));
    if (text === undefined) return undefined;
    const entry = format.parse(JSON.parse(text));
    const changes = entry.changes.map(([path, before, after]): readonly [string, TreeChange] => [
      path,
      { before: before ?? undefined, after: after ?? undefined },
    ]);
    return { ref: entry.ref, old: entry.old, new: entry.new, boot: entry.boot, changes: new Map(changes) };
  }

  /** An entry that was not whole when its writer was killed counts for nothing. */
  #sweep(): void {
    for (const name of ifThere(() => readdirSync(this.#directory)) ?? []) {
      if (/^apply\.json\..+\.tmp$/.test(name)) rmSync(join(this.#directory, name), { force: true });
    }
  }

  async remove(): Promise<void> {
    rmSync(this.#path, { force: true });
    await syncDirectory(this.#directory);
  }
}
