import { checkTemplate } from "@vexil/plugin-api/template";
import { TimeSlice } from "@vexil/plugin-api/time-slice";
import type { ReadCases } from "../cases/flag-case.js";
import { toCases } from "../cases/read-cases.js";
import type { ParsedFile } from "../read/document.js";
import { type Extent, extentsIn } from "../read/extents.js";
import type { FileLayout } from "../read/file-layout.js";
import type { InspectedFile } from "../read/inspected-file.js";
import { layoutOf } from "../read/layout-of.js";
import type { Position } from "../read/line-column.js";
import { positionsIn, type ValuePlace } from "../read/locate-values.js";
import { toParsed } from "../read/parse.js";
import { type ReadSettings, toSettings } from "../read/read-settings.js";
import { readQuickly } from "../read/read-source.js";
import type { ReadSource } from "../read/source-document.js";
import type { FileParser, SourceFile } from "./file-parser.js";
import { InPlaceBudget } from "./in-place-budget.js";

/** Files up to this size parse in a few milliseconds, less than it takes to hand them to a process and back. */
const SMALL_BYTES = 16_384;
/** Small files waiting here, in bytes, beyond which processes are faster. */
const BACKLOG_BYTES = 65_536;
/** Nesting that recursion goes through without ever coming near the end of the stack. */
const SHALLOW = 256;

/**
 * Parses small files where it is, a few milliseconds in a turn of the event loop, and leaves large ones, and many, to `large`. So it
 * does with what the first reader refuses: how long the others take depends on more than the size.
 */
export class SizedParser implements FileParser {
  readonly #large: FileParser;
  readonly #slice = new TimeSlice();
  readonly #budget: InPlaceBudget;
  #backlog = 0;
  /** Resolves when the last file that came has had its turn. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(large: FileParser, budget = new InPlaceBudget()) {
    this.#large = large;
    this.#budget = budget;
  }

  async parse(file: SourceFile): Promise<ParsedFile> {
    const { path, bytes, limits, isPart } = file;
    const meaning = (source: ReadSource): ParsedFile => toParsed(path, bytes, limits, source, isPart);
    return (await this.#read(file, meaning)) ?? this.#large.parse(file);
  }

  /** Nobody waits for it but whoever asked: it is not worth a second way. */
  inspect(file: SourceFile): Promise<InspectedFile> {
    return this.#large.inspect(file);
  }

  async layout(file: SourceFile): Promise<FileLayout | undefined> {
    return (await this.#here(file, () => layoutOf(file.bytes))) ?? this.#large.layout(file);
  }

  async locate(file: SourceFile, places: readonly ValuePlace[]): Promise<readonly Position[]> {
    return (await this.#read(file, (source) => positionsIn(source, places))) ?? this.#large.locate(file, places);
  }

  async extents(file: SourceFile, places: readonly ValuePlace[]): Promise<readonly Extent[]> {
    return (await this.#read(file, (source) => extentsIn(source, places))) ?? this.#large.extents(file, places);
  }

  async settings(file: SourceFile): Promise<ReadSettings> {
    const settings = await this.#read(file, (source) => toSettings(file.path, source, checkTemplate));
    return settings ?? this.#large.settings(file);
  }

  async cases(file: SourceFile): Promise<ReadCases> {
    return (await this.#read(file, (source) => toCases(file.path, source))) ?? this.#large.cases(file);
  }

  close(): Promise<void> {
    return this.#large.close();
  }

  #isSmall({ bytes, limits }: SourceFile): boolean {
    return limits.depth <= SHALLOW && bytes.length <= SMALL_BYTES;
  }

  /** @returns undefined when the file is not for here, or needs another reader */
  #read<T>(file: SourceFile, meaning: (source: ReadSource) => T): Promise<T | undefined> {
    return this.#here(file, () => {
      const source = readQuickly(file.path, file.bytes, file.limits);
      return source && meaning(source);
    });
  }

  /** @returns undefined when the file is not for here */
  async #here<T>(file: SourceFile, work: () => T | undefined): Promise<T | undefined> {
    const { storage, bytes } = file;
    const fits = (): boolean => this.#budget.allows(storage);
    if (!this.#isSmall(file) || this.#backlog + bytes.length > BACKLOG_BYTES || !fits()) return undefined;
    this.#backlog += bytes.length;
    const turn = this.#last.then(() => (this.#slice.due ? this.#slice.next() : undefined));
    const done = turn.then(() => {
      this.#backlog -= bytes.length;
      // Those before it may have used up the time.
      if (!fits()) return undefined;
      // By the clock, a machine that is busy with something else would make sound files slow ones.
      const before = process.cpuUsage();
      const result = work();
      const { user, system } = process.cpuUsage(before);
      this.#budget.spend(storage, (user + system) / 1_000);
      return result;
    });
    this.#last = done.catch(() => undefined);
    return done;
  }
}
