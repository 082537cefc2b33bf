import { chmodSync, fchmodSync, fstatSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { errnoOf } from "./disk-error.js";

/**
 * `core.sharedRepository` (git-config(1)): who may read and write what is created in the git directory. Without it the
 * process's umask decides.
 */
export class Permissions {
  readonly #bits: number;
  readonly #exact: boolean;

  private constructor(bits: number, exact: boolean) {
    this.#bits = bits;
    this.#exact = exact;
  }

  static fromSetting(value: string | undefined): Permissions {
    const text = value?.toLowerCase() ?? "umask";
    if (/^0[0-7]{3}$/.test(text)) return new Permissions(Number.parseInt(text, 8), true);
    if (["group", "true", "yes", "on", "1"].includes(text)) return new Permissions(0o660, false);
    if (["all", "world", "everybody", "2"].includes(text)) return new Permissions(0o664, false);
    return new Permissions(0, false);
  }

  /** Sets the mode of a file that was just created. */
  applyToFile(fd: number): void {
    if (this.#bits === 0) return;
    fchmodSync(fd, this.#adjust(fstatSync(fd).mode & 0o7777));
  }

  /**
   * Makes a directory and those above it that are missing.
   * @param base is not made, nor what is above it: a repository that was moved away stays away
   * @returns true if it was missing
   * @throws ENOENT when the base is not there
   */
  makeDirectory(path: string, base?: string): boolean {
    try {
      mkdirSync(path);
    } catch (error) {
      if (errnoOf(error) === "EEXIST") return false;
      if (errnoOf(error) !== "ENOENT" || dirname(path) === base) throw error;
      this.makeDirectory(dirname(path), base);
      return this.makeDirectory(path, base);
    }
    if (this.#bits === 0) return true;
    const mode = this.#adjust(statSync(path).mode & 0o7777);
    // Whoever may read a directory may enter it, and what is made in it belongs to its group.
    chmodSync(path, mode | ((mode & 0o444) >> 2) | 0o2000);
    return true;
  }

  /** As git's calc_shared_perm (path.c): read-only files stay so, executable ones become so for all who may read. */
  #adjust(mode: number): number {
    let bits = this.#bits;
    if ((mode & 0o200) === 0) bits &= ~0o222;
    if ((mode & 0o100) !== 0) bits |= (bits & 0o444) >> 2;
    return this.#exact ? (mode & ~0o777) | bits : mode | bits;
  }
}
