import { open, readFile } from "node:fs/promises";
import type { GitObjectType, Oid, RefName } from "@vexil/plugin-api";

/** A change, as one line of JSON. */
export interface Entry {
  readonly objects?: readonly (readonly [Oid, GitObjectType, string])[];
  readonly refs?: readonly (readonly [RefName, Oid | null])[];
  readonly cut?: readonly Oid[];
  readonly deepened?: readonly Oid[];
}

export interface Journal {
  /** Adds what `decide` gives when its turn comes, if anything; resolves to whether, once it is on the disk. */
  add(decide: () => Entry | undefined): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Opens a file of changes, which is made where it is not there, and tells `apply` each in it and each that is added.
 * @param isLook nothing is made or changed
 */
export async function openJournal(path: string, apply: (entry: Entry) => void, isLook: boolean): Promise<Journal> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    return Buffer.alloc(0);
  });
  // A daemon that was killed may have left half a line: nobody was told that it counts.
  const whole = bytes.lastIndexOf("\n") + 1;
  for (const line of bytes.subarray(0, whole).toString().split("\n")) if (line !== "") apply(JSON.parse(line));
  if (isLook) return { add: async () => false, close: async () => {} };
  const file = await open(path, "a", 0o600);
  if (whole < bytes.length) await file.truncate(whole);
  let end = whole;
  let last: Promise<unknown> = Promise.resolve();
  const add = async (decide: () => Entry | undefined): Promise<boolean> => {
    const entry = decide();
    if (entry === undefined) return false;
    const line = Buffer.from(`${JSON.stringify(entry)}\n`);
    try {
      await file.appendFile(line);
      await file.datasync();
    } catch (error) {
      // What was half written must not come before the next line.
      await file.truncate(end);
      throw error;
    }
    end += line.length;
    apply(entry);
    return true;
  };
  return {
    add: (decide) => {
      const added = last.then(() => add(decide));
      last = added.catch(() => {});
      return added;
    },
    close: async () => {
      await last;
      await file.close();
    },
  };
}
