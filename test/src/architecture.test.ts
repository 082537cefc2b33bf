import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Folders of core, lowest first: each may import those of the rows before it, and its own row where listed there. */
const ROWS = [
  ["errors"],
  ["contract"],
  ["log", "config", "features"],
  ["git", "snapshots", "plugins"],
  ["evaluation"],
  ["writes"],
  ["storages"],
  ["pipeline", "status"],
];

/** Services that are injected may name tokens and use di from anywhere. */
const EVERYWHERE = new Set(["di", "tokens.ts"]);

function sources(directory: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** What a file imports for its values, types left out: types may point upwards, they leave nothing behind. */
function imports(file: string): readonly string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/^(?:import|export)\s+(?!type\b)[^;]*?from\s+"([^"]+)"/gms)].map((match) => match[1] ?? "");
}

test("folders of core import downwards only", (t) => {
  const source = join(ROOT, "core", "src");
  const rank = new Map(ROWS.flatMap((row, index) => row.map((folder) => [folder, index] as const)));
  const wrong: string[] = [];
  for (const file of sources(source)) {
    const own = relative(source, file).split("/")[0] ?? "";
    const height = rank.get(own);
    if (height === undefined || file.endsWith("/module.ts")) continue;
    for (const specifier of imports(file).filter((name) => name.startsWith("."))) {
      const target = relative(source, resolve(dirname(file), specifier)).split("/")[0] ?? "";
      if (EVERYWHERE.has(target) || EVERYWHERE.has(target.replace(/\.js$/, ".ts"))) continue;
      const other = rank.get(target);
      if (other !== undefined && other > height) wrong.push(`${relative(ROOT, file)} imports ${specifier}`);
    }
  }
  t.deepEqual(wrong, []);
});

test("every folder of core has its place", (t) => {
  const known = new Set([...ROWS.flat(), "di", "testing"]);
  const folders = readdirSync(join(ROOT, "core", "src"), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  t.deepEqual(
    folders.map((entry) => entry.name).filter((name) => !known.has(name)),
    [],
  );
});

test("a plugin imports the contract of core and nothing else of it", (t) => {
  const plugins = join(ROOT, "plugins");
  const wrong: string[] = [];
  for (const name of readdirSync(plugins)) {
    for (const file of sources(join(plugins, name, "src"))) {
      for (const specifier of imports(file)) {
        const foreign = specifier.startsWith("@vexil/") && specifier !== "@vexil/plugin-api";
        if (foreign || specifier === "rxjs" || specifier === "inversify")
          wrong.push(`${relative(ROOT, file)} imports ${specifier}`);
      }
    }
  }
  t.deepEqual(wrong, []);
});

test("the daemon never imports a plugin, nor the inside of core", (t) => {
  const wrong: string[] = [];
  for (const file of sources(join(ROOT, "daemon", "src"))) {
    for (const specifier of imports(file)) {
      if (/^@vexil\/(?:backend|auth)-/.test(specifier) || specifier.startsWith("@vexil/core/internal/")) {
        wrong.push(`${relative(ROOT, file)} imports ${specifier}`);
      }
    }
  }
  t.deepEqual(wrong, []);
});

test("nothing at the top but what belongs there", (t) => {
  const allowed = new Set([
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "core",
    "plugins",
    "daemon",
    "test",
    "README.md",
    "LICENSE",
    "node_modules",
    // What `npm run package:deb` leaves.
    "dist",
  ]);
  t.deepEqual(
    readdirSync(ROOT).filter((name) => !name.startsWith(".") && !allowed.has(name)),
    [],
  );
});
