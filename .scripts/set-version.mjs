// Gives everything in this repository one version: npm run set-version -- X.Y.Z. Without a version it says what differs from
// that of the root's package.json, and fails where something does.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, run, version } from "./packages/files.mjs";

/** What comes before the version in files that are no manifests. */
const PLACES = {
  "daemon/Dockerfile": /^(ARG VERSION=)\d+\.\d+\.\d+/gm,
  "daemon/docs/checking.md": /^( +rev: v)\d+\.\d+\.\d+/gm,
  "daemon/chart/Chart.yaml": /^((?:version|appVersion): )\d+\.\d+\.\d+/gm,
  "daemon/examples/flag-repository/.github/workflows/flags.yml": /(\/action@v|npx --yes vexil@)\d+\.\d+\.\d+/g,
  "daemon/examples/flag-repository/.gitlab-ci.yml": /( vexil@)\d+\.\d+\.\d+/g,
  "daemon/examples/flag-repository/.pre-commit-config.yaml": /^( +rev: v)\d+\.\d+\.\d+/gm,
  "daemon/examples/kubernetes/vexil.yaml":
    /(kubernetes\.io\/version: "|helm\.sh\/chart: vexil-|\/vexil:)\d+\.\d+\.\d+/g,
};
/** In a package.json its own version, and those of workspaces that it asks for; a range stays one. */
const MANIFEST = /^( {2}"version": "| {4}"@vexil\/[^"]+": "\^?)\d+\.\d+\.\d+/gm;
/** An example has a version of its own, as what strangers write has. */
const DEPENDENCIES = /^( {4}"@vexil\/[^"]+": "\^?)\d+\.\d+\.\d+/gm;

const wanted = process.argv[2];
if (wanted !== undefined && !/^\d+\.\d+\.\d+$/.test(wanted)) {
  process.stderr.write(`Error: "${wanted}" is no version X.Y.Z\n`);
  process.exit(1);
}
const manifests = run("git", ["ls-files", "package.json", "*/package.json"]).trim().split("\n");
const places = [
  ...manifests.map((file) => [file, file.startsWith("daemon/examples/") ? DEPENDENCIES : MANIFEST]),
  ...Object.entries(PLACES),
];
for (const [file, pattern] of places) {
  if (!existsSync(join(root, file))) continue;
  const text = readFileSync(join(root, file), "utf8");
  const changed = text.replaceAll(pattern, (_, before) => before + (wanted ?? version));
  if (changed === text) continue;
  if (wanted === undefined) {
    process.stderr.write(`${file} does not say ${version} everywhere: run npm run set-version -- ${version}\n`);
    process.exitCode = 1;
  } else writeFileSync(join(root, file), changed);
}
if (wanted !== undefined) run("npm", ["install", "--package-lock-only", "--ignore-scripts", "--silent"]);
