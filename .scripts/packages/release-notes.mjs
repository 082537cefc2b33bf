import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./files.mjs";

/**
 * What the changelog says of a version, without its heading.
 * @throws Error where it says nothing
 */
export function releaseNotes(version) {
  const text = readFileSync(join(root, "daemon", "CHANGELOG.md"), "utf8");
  const sections = text.split(/^## /m).slice(1);
  const section = sections.find((one) => one.startsWith(`[${version}] - `));
  const notes = section?.slice(section.indexOf("\n")).trim();
  if (!notes) throw new Error(`daemon/CHANGELOG.md has no section "## [${version}] - YYYY-MM-DD"`);
  return `${notes}\n`;
}
