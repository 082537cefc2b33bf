import type { Oid } from "@vexil/plugin-api";
import type { ReadCases } from "../cases/flag-case.js";
import type { FeatureLimits, ParsedFile } from "../read/document.js";
import type { Extent } from "../read/extents.js";
import type { FileLayout } from "../read/file-layout.js";
import type { InspectedFile } from "../read/inspected-file.js";
import type { Position } from "../read/line-column.js";
import type { ValuePlace } from "../read/locate-values.js";
import type { ReadSettings } from "../read/read-settings.js";

/** A file to be parsed. */
export interface SourceFile {
  readonly path: string;
  readonly oid: Oid;
  readonly bytes: Uint8Array;
  readonly limits: FeatureLimits;
  /** The storage it comes from: files of one wait for each other, not for those of another. */
  readonly storage: string;
  /** The bytes are a part of the file, with what makes a whole of it. */
  readonly isPart?: true;
  /** Has the bytes later on; undefined: they are there no more. Without it, whoever needs them keeps them. */
  readonly again?: (() => Promise<Uint8Array | undefined>) | undefined;
}

/** Parses files of repositories, whatever they hold: none keeps others waiting, and none takes the process down. */
export interface FileParser {
  parse(file: SourceFile): Promise<ParsedFile>;
  /** Everything that can be said about a file, for users who correct it. */
  inspect(file: SourceFile): Promise<InspectedFile>;
  /** Where everything is in a file without faults; undefined when js-yaml cannot tell. */
  layout(file: SourceFile): Promise<FileLayout | undefined>;
  locate(file: SourceFile, places: readonly ValuePlace[]): Promise<readonly Position[]>;
  /** The same with the lines that each takes; none where the file cannot be read. */
  extents(file: SourceFile, places: readonly ValuePlace[]): Promise<readonly Extent[]>;
  /** Reads the repository's settings. */
  settings(file: SourceFile): Promise<ReadSettings>;
  /** Reads a file of test cases. */
  cases(file: SourceFile): Promise<ReadCases>;
  close(): Promise<void>;
}
