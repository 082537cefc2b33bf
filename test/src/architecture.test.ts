import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Packages of core that each of them may import; the floors of `core/README.md`. */
const FLOORS: Readonly<Record<string, readonly string[]>> = {
  "plugin-api": [],
  git: ["plugin-api"],
  flags: ["plugin-api"],
  config: ["plugin-api", "git", "flags"],
  engine: ["plugin-api", "git", "flags", "config"],
};

/** Libraries that one package alone may import. */
const KEPT_TO = { rxjs: "engine", inversify: "engine", "isomorphic-git": "git", cosmiconfig: "config", pino: "engine" };

function sources(directory: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Everything that a file imports, types too. */
function imports(file: string): readonly string[] {
  const text = readFileSync(file, "utf8").replaceAll(/^ *\*.*$/gm, "");
  return [...text.matchAll(/^(?:import|export)\b[^;"]*?(?:from\s+)?"([^"]+)"|\bimport\("([^"]+)"\)/gms)].map(
    (match) => match[1] ?? match[2] ?? "",
  );
}

function packagesBelow(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !["node_modules", "dist"].includes(entry.name))
    .map((entry) => entry.name);
}

test("the packages of core stand on those below them and on nothing else", (t) => {
  const folders = packagesBelow("core").filter((name) => name !== "decisions");
  t.deepEqual([...folders].sort(), Object.keys(FLOORS).sort());
  const wrong: string[] = [];
  for (const [name, below] of Object.entries(FLOORS)) {
    const source = join(ROOT, "core", name, "src");
    for (const file of sources(source)) {
      for (const specifier of imports(file)) {
        const other = /^@vexil\/([^/]+)/.exec(specifier)?.[1];
        const leaves = specifier.startsWith(".") && !resolve(dirname(file), specifier).startsWith(source);
        const library = Object.entries(KEPT_TO).find(([one]) => specifier === one || specifier.startsWith(`${one}/`));
        const isForeign = other !== undefined && !below.includes(other);
        if (isForeign || leaves || (library !== undefined && library[1] !== name)) {
          wrong.push(`${relative(ROOT, file)} imports ${specifier}`);
        }
      }
    }
  }
  t.deepEqual(wrong, []);
});

test("no file imports itself by way of others, types included", (t) => {
  const folders = ["core", "plugins"].flatMap((top) => packagesBelow(top).map((name) => join(top, name)));
  const wrong: string[][] = [];
  const apps = ["daemon", join("daemon", "console")];
  for (const folder of [...folders.filter((name) => name !== join("core", "decisions")), ...apps]) {
    const files = sources(join(ROOT, folder, "src"));
    const known = new Set(files);
    const edges = new Map(
      files.map((file) => [
        file,
        imports(file)
          .filter((specifier) => specifier.startsWith("."))
          .map((specifier) => resolve(dirname(file), specifier).replace(/\.js$/, ""))
          .map((stem) => (known.has(`${stem}.tsx`) ? `${stem}.tsx` : `${stem}.ts`))
          .filter((target) => known.has(target)),
      ]),
    );
    wrong.push(...circles(edges).map((circle) => circle.map((file) => relative(ROOT, file))));
  }
  t.deepEqual(wrong, []);
});

/**
 * Rooms of packages whose rooms stand one on the other, the lowest first: a file imports from those before its own, and
 * files beside the rooms from all.
 */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  flags: ["read", "evaluate", "inspect", "cases", "parse", "compile", "explain", "compare", "run", "edit"],
};

test("no room imports from one above it, types included", (t) => {
  const wrong: string[] = [];
  for (const [name, rooms] of Object.entries(ROOMS)) {
    const source = join(ROOT, "core", name, "src");
    const roomOf = (file: string): string => relative(source, file).split("/").slice(0, -1)[0] ?? "";
    const height = (file: string): number => (roomOf(file) === "" ? rooms.length : rooms.indexOf(roomOf(file)));
    const files = sources(source);
    t.deepEqual(
      rooms.filter((room) => !files.some((file) => roomOf(file) === room)),
      [],
      "a room that is gone",
    );
    for (const file of files) {
      if (height(file) < 0) wrong.push(`${relative(ROOT, file)} is in a room without a place`);
      for (const specifier of imports(file).filter((one) => /^\.\.?\//.test(one))) {
        const target = resolve(dirname(file), specifier).replace(/\.js$/, ".ts");
        if (height(target) > height(file)) wrong.push(`${relative(ROOT, file)} imports ${specifier}`);
      }
    }
  }
  t.deepEqual(wrong, []);
});

/** Packages whose folders stand one on the other, in whichever order that is. */
const FOLDED = ["daemon", join("daemon", "console")];

test("no folder of an application imports itself by way of others, types included", (t) => {
  for (const name of FOLDED) {
    const source = join(ROOT, name, "src");
    const roomOf = (file: string): string => relative(source, file).split("/")[0] ?? "";
    const edges = new Map<string, string[]>();
    for (const file of sources(source)) {
      const targets = imports(file)
        .filter((specifier) => specifier.startsWith("."))
        .map((specifier) => resolve(dirname(file), specifier).replace(/\.js$/, ".ts"));
      const others = targets.map(roomOf).filter((room) => room !== ".." && room !== roomOf(file));
      edges.set(roomOf(file), [...(edges.get(roomOf(file)) ?? []), ...others]);
    }
    t.deepEqual(circles(edges), [], name);
  }
});

/** Groups of files of which each reaches each other (Tarjan's strongly connected components). */
function circles(edges: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): void => {
    const own = order.size;
    order.set(file, own);
    low.set(file, own);
    stack.push(file);
    for (const target of edges.get(file) ?? []) {
      if (!order.has(target)) visit(target);
      if (stack.includes(target)) low.set(file, Math.min(low.get(file) ?? own, low.get(target) ?? own));
    }
    if (low.get(file) !== own) return;
    const circle = stack.splice(stack.indexOf(file));
    if (circle.length > 1) found.push(circle);
  };
  for (const file of edges.keys()) if (!order.has(file)) visit(file);
  return found;
}

test("a plugin imports its contract, git's formats and nothing else of Vexil", (t) => {
  const wrong: string[] = [];
  for (const name of packagesBelow("plugins")) {
    for (const file of sources(join(ROOT, "plugins", name, "src"))) {
      for (const specifier of imports(file)) {
        const foreign =
          specifier.startsWith("@vexil/") &&
          ![
            "@vexil/plugin-api",
            "@vexil/plugin-api/settings",
            "@vexil/plugin-api/template",
            "@vexil/git/objects",
          ].includes(specifier);
        if (foreign || specifier === "rxjs" || specifier === "inversify") {
          wrong.push(`${relative(ROOT, file)} imports ${specifier}`);
        }
      }
    }
  }
  t.deepEqual(wrong, []);
});

/** Places in core that may name a plugin, and what they name. */
const NAMING: Readonly<Record<string, readonly string[]>> = {
  // The one table of bundled plugins.
  "core/config/src/bundled-plugins.ts": [
    ...["memory", "local", "postgres", "redis", "basic", "access_token", "ssh", "roles", "opa"],
    ...["token", "jwt", "oidc", "github", "kubernetes", "certificate"],
  ],
  // The compatible system's keys, which stand in its file whether or not a plugin brings the method.
  "core/config/src/sections/authentication.ts": ["token", "jwt", "oidc", "github", "kubernetes", "redis"],
  // git's own word for a way to sign (`gpg.format`), which the compatible system takes over.
  // And kinds of hosts of repositories.
  "core/config/src/sections/storage.ts": ["ssh", "github"],
  "core/config/src/sections/environments.ts": ["github"],
  // The compatible system's words for where sessions are stored.
  "core/config/src/sections/session.ts": ["memory", "redis"],
  "core/config/src/sections/session-redis.ts": ["redis"],
  // The compatible system's word for policies that it runs by itself.
  "core/config/src/sections/authorization.ts": ["local"],
};

/** Plugins whose names are words that stand everywhere, and mean something else there. */
const EVERYDAY = ["sink-exec", "sink-export", "sink-file", "sink-otlp", "sink-webhook"];

test("core names bundled plugins in one table and nowhere else", (t) => {
  const folders = packagesBelow("plugins").filter((folder) => !EVERYDAY.includes(folder));
  const names = folders.map((folder) => folder.replace(/^[a-z]+-/, ""));
  const spellings = new Set(names.flatMap((name) => [name, name.replaceAll("-", "_")]));
  const found = new Map<string, Set<string>>();
  for (const file of Object.keys(FLOORS).flatMap((name) => sources(join(ROOT, "core", name, "src")))) {
    const code = readFileSync(file, "utf8").replaceAll(/^ *(?:\/?\*|\/\/).*$/gm, "");
    for (const name of spellings) {
      // A text that is the name; a property of that name, or what is no word of English, anywhere.
      const isWord = ["memory", "local", "redis", "roles", "github", "token", "certificate"].includes(name);
      const isProperty = ["basic", "ssh"].includes(name) ? `|\\.${name}\\b|^ *(?:readonly )?${name}\\??:` : "";
      const sign =
        isWord || isProperty !== "" ? new RegExp(`"${name}"${isProperty}`, "m") : new RegExp(`\\b${name}\\b`);
      if (sign.test(code)) found.set(relative(ROOT, file), (found.get(relative(ROOT, file)) ?? new Set()).add(name));
    }
  }
  t.deepEqual(
    Object.fromEntries([...found].map(([file, own]) => [file, [...own].sort()])),
    Object.fromEntries(Object.entries(NAMING).map(([file, own]) => [file, [...own].sort()])),
  );
});

test("every bundled plugin has a README and a schema of its settings", async (t) => {
  for (const folder of packagesBelow("plugins")) {
    t.regex(readFileSync(join(ROOT, "plugins", folder, "README.md"), "utf8"), /^# \S/, folder);
    const { default: plugin } = await import(join(ROOT, "plugins", folder, "dist", "index.js"));
    const { default: layout } = await import(join(ROOT, "plugins", folder, "dist", "settings.js"));
    t.is(layout.schema, plugin.schema, folder);
  }
});

test("each of git's formats is read and written by one piece of code", (t) => {
  const folders = [...Object.keys(FLOORS).map((name) => join("core", name)), "daemon"];
  const files = [...folders, ...packagesBelow("plugins").map((name) => join("plugins", name))].flatMap((folder) =>
    sources(join(ROOT, folder, "src")),
  );
  // The conformance kit makes its samples by itself: it checks the others.
  const texts = files.filter((file) => !file.includes("/testing/")).map((file) => [file, readFileSync(file, "utf8")]);
  const formats = {
    "the id of an object": /function hashObject\b|`blob \$\{/,
    "a delta": /function applyDelta\b/,
    "reading a tree": /function parseTree\b/,
    "writing a tree": /function serialiseTree\b/,
    "reading an entry of a pack": /\bOFS_DELTA = 6\b/,
    "writing an entry of a pack": /commit: 1, tree: 2, blob: 3/,
  };
  for (const [format, sign] of Object.entries(formats)) {
    const found = texts.filter(([, text = ""]) => sign.test(text)).map(([file = ""]) => relative(ROOT, file));
    t.is(found.length, 1, `${format}: ${found.join(", ")}`);
  }
});

test("core and the daemon never import a plugin", (t) => {
  const wrong: string[] = [];
  for (const folder of [...Object.keys(FLOORS).map((name) => join("core", name)), "daemon"]) {
    for (const file of sources(join(ROOT, folder, "src"))) {
      for (const specifier of imports(file)) {
        if (/^@vexil\/(?:backend|auth|authentication|authorization|sink)-/.test(specifier))
          wrong.push(`${relative(ROOT, file)} imports ${specifier}`);
      }
    }
  }
  t.deepEqual(wrong, []);
});

test("the report of the plugin contract says what is compiled: `npm run api` writes it", (t) => {
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, ".scripts", "write-api.mjs"), "--check"]);
  t.is(status, 0, stderr.toString());
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

test("no source file is longer than 250 lines", (t) => {
  const folders = [
    ...packagesBelow("plugins").map((name) => join("plugins", name)),
    "daemon",
    join("daemon", "console"),
  ];
  // Written by a script.
  const written = join("daemon", "console", "src", "api", "schema.ts");
  const long = [...Object.keys(FLOORS).map((name) => join("core", name)), ...folders]
    .flatMap((folder) => sources(join(ROOT, folder, "src")))
    .map((file) => [relative(ROOT, file), readFileSync(file, "utf8").trimEnd().split("\n").length] as const)
    .filter(([file, lines]) => lines > 250 && file !== written);
  t.deepEqual(long, []);
});

test("no file has what a merge left in conflict", (t) => {
  const { status, stdout, stderr } = spawnSync("git", ["grep", "-nE", "^(<{7}|[|]{7}|>{7}) "], { cwd: ROOT });
  t.is(stdout.toString(), "");
  // It says 0 where it found some, and 2 and more where it could not look.
  t.is(status, 1, stderr.toString());
});

test("no comment cites a file that is not in the repository", (t) => {
  const tops = ["core", "plugins", "daemon", "test", ".scripts", ".github"];
  const files = [join(ROOT, "README.md"), ...tops.flatMap((top) => checkedIn(join(ROOT, top)))];
  const pages = files.filter((file) => file.endsWith(".md")).map((file) => `/${relative(ROOT, file)}`);
  const wrong: string[] = [];
  for (const file of files.filter((name) => /\.[cm]?[jt]sx?$/.test(name))) {
    for (const [comment] of readFileSync(file, "utf8").matchAll(/\/\*.*?\*\/|(?:^|\s)\/\/[^\n]*/gs)) {
      for (const [cited] of comment.matchAll(/[\w./-]+\.md\b/g)) {
        const isThere = pages.some((page) => page.endsWith(`/${cited.replace(/^(?:\.{0,2}\/)+/, "")}`));
        if (!isThere) wrong.push(`${relative(ROOT, file)} cites ${cited}`);
      }
    }
  }
  t.deepEqual(wrong, []);
});

/** Files below a folder, without what is installed or built. */
function checkedIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) return [path];
    return ["node_modules", "dist"].includes(entry.name) ? [] : checkedIn(path);
  });
}

test("no doc comment begins with a question word", (t) => {
  const folders = ["core", "plugins"].flatMap((top) => packagesBelow(top).map((name) => join(top, name)));
  const wrong = [...folders.filter((name) => name !== join("core", "decisions")), "daemon", "daemon/console", "test"]
    .flatMap((folder) => sources(join(ROOT, folder, "src")))
    .flatMap((file) =>
      [...readFileSync(file, "utf8").matchAll(/^ *\/\*\*(?:\s*\*)?\s*((?:What|Whether|Whom?) .*)$/gm)].map(
        (match) => `${relative(ROOT, file)}: ${match[1]}`,
      ),
    );
  t.deepEqual(wrong, []);
});
