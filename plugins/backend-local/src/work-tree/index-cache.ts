import { statSync } from "node:fs";
import { IndexFile } from "./index-file.js";

/** The index as it was read last; read again when the file is another. */
export class IndexCache {
  readonly path: string;
  #key = "";
  #index: IndexFile | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** @returns undefined when there is none */
  read(): IndexFile | undefined {
    const key = this.key();
    if (key !== this.#key) {
      this.#index = IndexFile.read(this.path);
      this.#key = key;
    }
    return this.#index;
  }

  /** Changes whenever the file does: git replaces it as a whole. */
  key(): string {
    const stat = statSync(this.path, { bigint: true, throwIfNoEntry: false });
    return stat === undefined ? "absent" : `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`;
  }
}
