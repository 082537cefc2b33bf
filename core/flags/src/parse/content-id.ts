import type { SourceFile } from "./file-parser.js";

/** Identifies a file by its content and how it is read: wherever it lies, it parses alike. */
export function contentId({ oid, path, limits }: Pick<SourceFile, "oid" | "path" | "limits">): string {
  return JSON.stringify([oid, path.endsWith(".json"), limits]);
}
