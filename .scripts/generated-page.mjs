import { readFileSync, writeFileSync } from "node:fs";

/**
 * Writes a page that is made of the code. With `--check` it compares instead, and fails where the page on disk says
 * something else.
 * @param {string} path below the root
 * @param {string} text
 * @param {string} command that writes it
 */
export function writePage(path, text, command) {
  const page = new URL(`../${path}`, import.meta.url);
  if (!process.argv.includes("--check")) {
    writeFileSync(page, text);
  } else if (readFileSync(page, "utf8") !== text) {
    process.stderr.write(`${path} is not what the code makes of it: run \`${command}\`\n`);
    process.exitCode = 1;
  }
}
