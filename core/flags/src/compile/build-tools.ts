import type { FileParser } from "../parse/file-parser.js";
import type { FileCache } from "./file-cache.js";

export interface BuildTools {
  readonly cache: FileCache;
  readonly parser: FileParser;
}
