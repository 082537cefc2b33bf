import { readFileSync } from "node:fs";
import { isAbsolute, join, normalize } from "node:path";
import { ifThere } from "../disk/if-there.js";

/** As git (object-file.c): deeper chains are not followed. */
const MAX_DEPTH = 5;

/** An object directory and those it borrows from (`objects/info/alternates`, gitrepository-layout(5)). */
export function objectDirectories(own: string): readonly string[] {
  const found = new Set<string>();
  const add = (directory: string, depth: number): void => {
    if (found.has(directory) || depth > MAX_DEPTH) return;
    found.add(directory);
    for (const line of read(join(directory, "info", "alternates"))) {
      add(normalize(isAbsolute(line) ? line : join(directory, line)).replace(/\/+$/, ""), depth + 1);
    }
  };
  add(own, 0);
  return [...found];
}

function read(path: string): readonly string[] {
  const lines = ifThere(() => readFileSync(path, "utf8"))?.split("\n") ?? [];
  return lines.filter((line) => line !== "" && !line.startsWith("#")).map(unquote);
}

/** Paths with unusual characters are quoted as in C. */
function unquote(line: string): string {
  if (!/^".*"$/.test(line)) return line;
  const bytes = line.slice(1, -1).replace(/\\([0-7]{3}|.)/g, (_, escaped: string) => {
    if (escaped.length === 3) return String.fromCharCode(Number.parseInt(escaped, 8));
    return { n: "\n", t: "\t" }[escaped] ?? escaped;
  });
  return /[\x80-\xff]/.test(bytes) ? Buffer.from(bytes, "latin1").toString("utf8") : bytes;
}
