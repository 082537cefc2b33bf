// Writes the manual's pages, as `man` reads them, to the directory given, else to dist/man.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { manPages } from "../daemon/dist/manual/man-pages.js";

const directory = process.argv[2] ?? "dist/man";
mkdirSync(directory, { recursive: true });
for (const [name, text] of await manPages()) writeFileSync(join(directory, name), text);
