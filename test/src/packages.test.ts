import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import satisfies from "semver/functions/satisfies.js";

interface Manifest {
  readonly version?: string;
  readonly engines?: { readonly node?: string };
  readonly optional?: boolean;
  readonly overrides?: unknown;
}

interface Publishable {
  readonly name: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly files?: readonly string[];
}

interface Declaring {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const read = (path: string): unknown => JSON.parse(readFileSync(join(ROOT, path), "utf8"));

test("a strict installer takes every package as it is, on the oldest Node and on the newest", (t) => {
  const { packages } = read("package-lock.json") as { readonly packages: Readonly<Record<string, Manifest>> };
  t.is((read("package.json") as Manifest).overrides, undefined);
  for (const version of ["20.19.0", "24.0.0"]) {
    const refused = Object.entries(packages).filter(
      ([, { engines, optional }]) => optional !== true && !satisfies(version, engines?.node ?? "*"),
    );
    t.deepEqual(
      refused.map(([name, { version: own, engines }]) => `${name} ${own} wants Node ${engines?.node}`),
      [],
      `Node ${version}`,
    );
  }
});

test("a package exports what it names, each of it there, and what is published nothing of its inside", async (t) => {
  const folders = ["core", "plugins"].flatMap((top) =>
    readdirSync(join(ROOT, top), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && existsSync(join(ROOT, top, entry.name, "package.json")))
      .map((entry) => join(top, entry.name)),
  );
  for (const folder of [...folders, "daemon"]) {
    const { name, exports, files, private: isPrivate } = read(`${folder}/package.json`) as Publishable;
    for (const [key, target] of Object.entries(exports)) {
      t.false(key.includes("*") || key.includes("internal"), `${name} exports ${key}`);
      for (const file of typeof target === "string" ? [target] : Object.values(target)) {
        t.true(existsSync(join(ROOT, folder, file)), `${name} exports ${file}, which is not there`);
      }
    }
    if (isPrivate !== true)
      t.true(
        files?.some((entry) => entry === "dist"),
        `${name} says which files it publishes`,
      );
  }
  // Whoever installs them reaches what they offer, and not what it is made of.
  const reach = (specifier: string): Promise<unknown> => import(specifier);
  await t.notThrowsAsync(reach("@vexil/plugin-api/testing"));
  for (const inside of [
    "daemon/internal/main",
    "auth-ssh/internal/slots",
    "git/objects/delta.js",
    "engine/storage/x",
  ]) {
    await t.throwsAsync(reach(`@vexil/${inside}`), { code: "ERR_PACKAGE_PATH_NOT_EXPORTED" }, inside);
  }
});

/** `import … from "name"`, `export … from "name"`, `import "name"`. */
const IMPORT =
  /^(?:(?:import|export) (?:type )?(?:[\w$]+, )?(?:\* as \w+|\*|\{[^}]*\}|[\w$]+) from|import) "([^".][^"]*)";$/gm;

test("a package declares each package that it imports, so that no installer has to guess", (t) => {
  const folders = ["core", "plugins"].flatMap((top) => readdirSync(join(ROOT, top)).map((name) => join(top, name)));
  const wrong = new Set<string>();
  let seen = 0;
  for (const folder of [...folders, "daemon", "test"]) {
    if (!existsSync(join(ROOT, folder, "package.json"))) continue;
    const { name: own, dependencies, devDependencies, peerDependencies } = read(`${folder}/package.json`) as Declaring;
    // What runs the tests is the root's, which lies above them.
    const above = folder === "test" ? (read("package.json") as Declaring).devDependencies : {};
    const declared = new Set(Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies, ...above }));
    for (const file of readdirSync(join(ROOT, folder, "src"), { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".ts")) continue;
      for (const [, specifier = ""] of readFileSync(join(ROOT, folder, "src", file), "utf8").matchAll(IMPORT)) {
        const [name = ""] = /^(?:@[^/]+\/)?[^/]+/.exec(specifier) ?? [];
        seen += 1;
        if (!specifier.startsWith("node:") && name !== own && !declared.has(name)) {
          wrong.add(`${folder} imports ${name}`);
        }
      }
    }
  }
  t.true(seen > 1_000);
  t.deepEqual([...wrong].sort(), []);
});
