// Writes what plugin authors see of `@vexil/plugin-api`, from the compiled declarations: a change of the contract shows
// in a commit. With `--check` it compares instead, and fails where the report on disk says something else.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const home = join(dirname(dirname(fileURLToPath(import.meta.url))), "core", "plugin-api");
const report = join(home, "API.md");
/** What the host alone uses. */
const INTERNAL = /^\.\/(?:host\/|package\.json)/;

/** Declarations without comments, as tsc prints them. */
function declarations(file) {
  return readFileSync(file, "utf8")
    .replaceAll(/^[ \t]*\/\*[\s\S]*?\*\/[ \t]*\n/gm, "")
    .replaceAll(/^\/\/.*\n?/gm, "")
    .trim();
}

/** The modules that a module's declarations name, itself first. */
function reachable(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, name] of declarations(file).matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)) {
    reachable(resolve(dirname(file), name.replace(/\.js$/, ".d.ts")), seen);
  }
  return seen;
}

const { exports } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
const entries = Object.entries(exports).filter(([name]) => !INTERNAL.test(name));
const modules = new Set(entries.flatMap(([, { types }]) => [...reachable(join(home, types))]));
const text = [
  "# The contract of plugins, as it is compiled",
  "",
  "Written by `npm run api`; CI fails where it differs. A change here is a change for the authors of plugins.",
  "",
  ...entries.map(
    ([name, { types }]) => `- \`${join("@vexil/plugin-api", name)}\`: \`${types.replace("./dist/", "")}\``,
  ),
  ...[...modules]
    .map((file) => [relative(join(home, "dist"), file).replaceAll("\\", "/"), declarations(file)])
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, code]) => `\n## ${name}\n\n\`\`\`ts\n${code}\n\`\`\``),
  "",
].join("\n");

if (process.argv.includes("--check")) {
  if (readFileSync(report, "utf8") !== text) {
    process.stderr.write(
      "core/plugin-api/API.md is not what is compiled: run `npm run api`, and look at what changed\n",
    );
    process.exit(1);
  }
} else {
  writeFileSync(report, text);
}
