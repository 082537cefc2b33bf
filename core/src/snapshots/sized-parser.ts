import type { ParsedFile } from "../features/document.js";
import type { FileLayout } from "../features/file-layout.js";
import { layoutOf } from "../features/layout-of.js";
import type { Position } from "../features/line-column.js";
import { locateValues, type ValuePlace } from "../features/locate-values.js";
import { parseFeatures } from "../features/parse.js";
import type { FileParser, SourceFile } from "./file-parser.js";
import { TimeSlice } from "./time-slice.js";

/** Files up to this size parse in a few milliseconds, less than it takes to hand them to a thread and back. */
const SMALL_BYTES = 16_384;
/** Small files waiting here, in bytes, beyond which threads are faster. */
const BACKLOG_BYTES = 65_536;

/** Parses small files where it is, one in a turn of the event loop, and leaves large ones, and many, to `large`. */
export class SizedParser implements FileParser {
  readonly #large: FileParser;
  readonly #slice = new TimeSlice();
  #backlog = 0;

  constructor(large: FileParser) {
    this.#large = large;
  }

  parse(file: SourceFile): Promise<ParsedFile> {
    return this.#isSmall(file)
      ? this.#here(file, () => parseFeatures(file.path, file.bytes, file.limits))
      : this.#large.parse(file);
  }

  layout(file: SourceFile): Promise<FileLayout | undefined> {
    return this.#isSmall(file) ? this.#here(file, () => layoutOf(file.bytes)) : this.#large.layout(file);
  }

  locate(file: SourceFile, places: readonly ValuePlace[]): Promise<readonly Position[]> {
    return this.#isSmall(file)
      ? this.#here(file, () => locateValues(file.path, file.bytes, file.limits, places))
      : this.#large.locate(file, places);
  }

  close(): Promise<void> {
    return this.#large.close();
  }

  #isSmall({ bytes }: SourceFile): boolean {
    return bytes.length <= SMALL_BYTES && this.#backlog + bytes.length <= BACKLOG_BYTES;
  }

  async #here<T>({ bytes }: SourceFile, work: () => T): Promise<T> {
    this.#backlog += bytes.length;
    await this.#slice.next();
    this.#backlog -= bytes.length;
    return work();
  }
}
