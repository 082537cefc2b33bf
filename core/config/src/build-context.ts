import type { SecretReader } from "./secret-reader.js";

export interface BuildContext {
  readonly reader: SecretReader;
  /** A data path, seen from the working directory. */
  readonly resolvePath: (path: string) => string;
  readonly warnings: string[];
}
