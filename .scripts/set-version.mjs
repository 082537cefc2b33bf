// Gives everything in this repository one version: npm run set-version -- X.Y.Z. Without a version it says what differs from that
// of the root's package.json, and fails where something does.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, run, version } from "./packages/files.mjs";

const wanted = process.argv[2];
if (wanted !== undefined && !/^\d+\.\d+\.\d+$/.test(wanted)) {
  process.stderr.write(`Error: "${wanted}" is no version X.Y.Z\n`);
  process.exit(1);
}
const files = run("git", ["ls-files", "package.json", "*/package.json"]).trim().split("\n");
for (const file of files) {
  const text = readFileSync(join(root, file), "utf8");
  const changed = withVersion(text, wanted ?? version);
  if (changed === text) continue;
  if (wanted === undefined) {
    process.stderr.write(`${file} does not say ${version} everywhere: run npm run set-version -- ${version}\n`);
    process.exitCode = 1;
  } else writeFileSync(join(root, file), changed);
}
if (wanted !== undefined) run("npm", ["install", "--package-lock-only", "--ignore-scripts", "--silent"]);

/** Its own version, and those of workspaces that it asks for; a range stays one. */
function withVersion(text, to) {
  return text
    .replace(/^( {2}"version": ")[^"]+(")/m, `$1${to}$2`)
    .replaceAll(/^( {4}"@vexil\/[^"]+": "\^?)\d+\.\d+\.\d+(")/gm, `$1${to}$2`);
}
