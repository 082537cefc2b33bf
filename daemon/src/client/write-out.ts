import { writeSync } from "node:fs";
import { printable } from "./printable.js";

/**
 * Writes to stdout at once and as a whole, what others have written among it made harmless; a reader that has gone away
 * (`vexil schema | head`) is no error.
 */
export function writeOut(text: string): void {
  writeHarmless(printable(text));
}

/**
 * Writes a text in which what others have written is harmless already: it may have colours.
 * @returns whether there is still a reader
 */
export function writeHarmless(text: string): boolean {
  const bytes = Buffer.from(text);
  let offset = 0;
  while (offset < bytes.length) {
    try {
      offset += writeSync(1, bytes, offset);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EPIPE") return false;
      if (code !== "EAGAIN") throw error;
    }
  }
  return true;
}
