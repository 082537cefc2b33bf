import type { FeatureLimits, ParsedFile } from "../features/document.js";
import type { FileLayout } from "../features/file-layout.js";
import type { Position } from "../features/line-column.js";
import type { ValuePlace } from "../features/locate-values.js";

/** A features file to be parsed. */
export interface SourceFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly limits: FeatureLimits;
}

/** Parses features files away from the event loop. */
export interface FileParser {
  parse(file: SourceFile): Promise<ParsedFile>;
  /** Where everything is in a file without faults; undefined when js-yaml cannot tell. */
  layout(file: SourceFile): Promise<FileLayout | undefined>;
  locate(file: SourceFile, places: readonly ValuePlace[]): Promise<readonly Position[]>;
  close(): Promise<void>;
}
