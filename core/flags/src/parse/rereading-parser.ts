import type { ReadCases } from "../cases/flag-case.js";
import type { FeaturesDocument, ParsedFile } from "../read/document.js";
import type { Extent } from "../read/extents.js";
import type { FileLayout } from "../read/file-layout.js";
import type { InspectedFile } from "../read/inspected-file.js";
import type { Position } from "../read/line-column.js";
import type { ValuePlace } from "../read/locate-values.js";
import type { ReadSettings } from "../read/read-settings.js";
import type { FileParser, SourceFile } from "./file-parser.js";
import { type KnownFile, readChanged } from "./read-changed.js";

/** The text of a larger file is kept: to read it from a storage takes longer than to compare it. */
const KEPT_BYTES = 1 << 20;
/** Paths of which a version is remembered at most: the latest. */
const KEPT = 1_000;

/**
 * Reads of a large file that it knows an earlier version of only the items that are not the same, and everything else as
 * `whole` does.
 */
export class RereadingParser implements FileParser {
  readonly #whole: FileParser;
  /** Goes with the document that was read: nothing is kept that nobody else keeps. */
  readonly #known = new WeakMap<FeaturesDocument, KnownFile>();
  /** The version of each path that was read last. */
  readonly #latest = new Map<string, WeakRef<FeaturesDocument>>();

  constructor(whole: FileParser) {
    this.#whole = whole;
  }

  async parse(file: SourceFile): Promise<ParsedFile> {
    const latest = this.#latest.get(file.path)?.deref();
    const known = latest && this.#known.get(latest);
    const changed = known && (await readChanged(file, known, (part) => this.#whole.parse(part)));
    const parsed = changed ?? (await this.#whole.parse(file));
    const { bytes, again } = file;
    this.know(file, parsed, again === undefined || bytes.length > KEPT_BYTES ? async () => bytes : again);
    return parsed;
  }

  /**
   * Takes a version as the latest.
   * @param bytes asked for when the next one has come; undefined: they are there no more
   */
  know(
    { path, limits }: Pick<SourceFile, "path" | "limits">,
    { documents, spans }: ParsedFile,
    bytes: KnownFile["bytes"],
  ): void {
    const [document] = documents;
    if (document === undefined || spans === undefined) return;
    this.#known.set(document, { bytes, limits, document, spans });
    this.#latest.delete(path);
    this.#latest.set(path, new WeakRef(document));
    const [oldest] = this.#latest.keys();
    if (this.#latest.size > KEPT && oldest !== undefined) this.#latest.delete(oldest);
  }

  inspect(file: SourceFile): Promise<InspectedFile> {
    return this.#whole.inspect(file);
  }

  layout(file: SourceFile): Promise<FileLayout | undefined> {
    return this.#whole.layout(file);
  }

  locate(file: SourceFile, places: readonly ValuePlace[]): Promise<readonly Position[]> {
    return this.#whole.locate(file, places);
  }

  extents(file: SourceFile, places: readonly ValuePlace[]): Promise<readonly Extent[]> {
    return this.#whole.extents(file, places);
  }

  settings(file: SourceFile): Promise<ReadSettings> {
    return this.#whole.settings(file);
  }

  cases(file: SourceFile): Promise<ReadCases> {
    return this.#whole.cases(file);
  }

  close(): Promise<void> {
    return this.#whole.close();
  }
}
