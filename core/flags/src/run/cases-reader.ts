import { VexilError } from "@vexil/plugin-api/errors";
import type { ReadCases } from "../cases/flag-case.js";
import { byDeadline } from "../compile/by-deadline.js";
import type { LoadOptions } from "../compile/file-cache.js";
import type { FileVersion } from "../compile/kept-files.js";
import { accountOf, leftFault } from "../compile/patience.js";
import { contentId } from "../parse/content-id.js";
import type { FileParser } from "../parse/file-parser.js";

/** Text whose cases are remembered: some times as much as objects. */
const KEPT_BYTES = 8e6;
/** Memory of an entry besides its text. */
const ENTRY_BYTES = 200;

interface Entry {
  readonly read: ReadCases;
  readonly bytes: number;
}

/** Reads tests files; what was read last is remembered, since a change of flags runs them again. */
export class CasesReader {
  readonly #parser: Pick<FileParser, "cases">;
  /** By content and path, the longest unused first. */
  readonly #known = new Map<string, Entry>();
  #bytes = 0;

  constructor(parser: Pick<FileParser, "cases">) {
    this.#parser = parser;
  }

  /** @returns by path */
  async load(files: readonly FileVersion[], options: LoadOptions): Promise<ReadonlyMap<string, ReadCases>> {
    const found = new Map<string, ReadCases>();
    const missing: FileVersion[] = [];
    for (const file of files) {
      const known = this.#find(file, options);
      if (known === undefined) missing.push(file);
      else found.set(file.path, known);
    }
    if (missing.length === 0) return found;
    const blobs = await options.read([...new Set(missing.map(({ oid }) => oid))]);
    const reading = missing.map(async (file) => {
      const bytes = blobs.get(file.oid);
      if (bytes === undefined) throw gone(file);
      found.set(file.path, await this.#read(file, bytes, options));
    });
    await Promise.all(reading);
    return found;
  }

  #find(file: FileVersion, { limits, unread }: LoadOptions): ReadCases | undefined {
    const id = idOf(file, limits);
    const known = this.#known.get(id);
    if (known === undefined || (known.read.unread === true && unread !== "kept")) return undefined;
    this.#known.delete(id);
    this.#known.set(id, known);
    return known.read;
  }

  async #read(
    { path, oid }: FileVersion,
    bytes: Uint8Array,
    { limits, storage, hurry }: LoadOptions,
  ): Promise<ReadCases> {
    const account = accountOf(path, storage, hurry);
    const reading = this.#parser.cases({ path, oid, bytes, limits, storage: account }).then((read) => {
      this.#keep(idOf({ path, oid }, limits), { read, bytes: bytes.length + ENTRY_BYTES });
      return read;
    });
    if (hurry === undefined || hurry.own.has(path)) return reading;
    return (await byDeadline(reading, hurry.until)) ?? { cases: [], faults: [leftFault(path, [])], unread: true };
  }

  #keep(id: string, entry: Entry): void {
    this.#bytes += entry.bytes - (this.#known.get(id)?.bytes ?? 0);
    this.#known.delete(id);
    this.#known.set(id, entry);
    for (const [oldest, { bytes }] of this.#known) {
      if (this.#bytes <= KEPT_BYTES) break;
      this.#known.delete(oldest);
      this.#bytes -= bytes;
    }
  }
}

function idOf({ path, oid }: FileVersion, limits: LoadOptions["limits"]): string {
  return `${contentId({ oid, path, limits })} ${path}`;
}

function gone({ path, oid }: FileVersion): VexilError {
  return new VexilError("VEXIL_UNAVAILABLE_CORRUPT", `the blob ${oid} of ${path} is missing in the storage`, {
    details: { step: "backend" },
  });
}
