// Puts the built daemon and the libraries it runs on into few files, daemon/bundle: a start that has to find and read
// some 1,400 modules takes three times as long. Skipped when nothing has changed.
//
// What plugins see stays outside and is loaded from where they load it, so that there is one of each: the contract,
// @vexil/core/plugin, with its errors, and zod. Plugins themselves load by name, as ever.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const core = join(root, "core", "dist");
const output = join(root, "daemon", "bundle");
const manifest = join(output, "built-from.json");

/** What CommonJS libraries find in their scope, and an ES module does not. Other names are such as nobody uses. */
const COMMON_JS = [
  'import { createRequire as bundle$createRequire } from "node:module";',
  'import { dirname as bundle$dirname } from "node:path";',
  'import { fileURLToPath as bundle$fileURLToPath } from "node:url";',
  "const require = bundle$createRequire(import.meta.url);",
  "const __filename = bundle$fileURLToPath(import.meta.url);",
  "const __dirname = bundle$dirname(__filename);",
].join(" ");

const hash = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");
/** The compiler's own account of what it built, as seen from the bundle. */
const built = ["../dist/.tsbuildinfo", "../../core/dist/.tsbuildinfo"].map((path) => ({
  path,
  sha256: hash(join(output, path)),
}));
const wanted = `${JSON.stringify({
  built,
  made: [hash(join(root, "package-lock.json")), hash(fileURLToPath(import.meta.url))],
})}\n`;
if (!existsSync(manifest) || readFileSync(manifest, "utf8") !== wanted) await bundle();

async function bundle() {
  rmSync(output, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    // Beside the program, what threads, worker processes and hooks begin with; they are looked for beside what starts them.
    entryPoints: {
      main: "daemon/dist/main.js",
      worker: "daemon/dist/workers/worker.js",
      "parse-worker": "core/dist/snapshots/parse-worker.js",
      "unpack-worker": "core/dist/git/wire/unpack-worker.js",
      "core-fallback-hook": "core/dist/plugins/core-fallback-hook.js",
      contender: "core/dist/testing/contender.js",
    },
    outdir: output,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    // Names stay, for stack traces.
    minifyWhitespace: true,
    minifySyntax: true,

    lineLimit: 120,
    legalComments: "linked",
    mainFields: ["module", "main"],
    logLevel: "warning",
    // Never asked for, or by terminals only.
    external: [
      "zod",
      "pino-pretty",
      "@fastify/ajv-compiler",
      "@fastify/fast-json-stringify-compiler",
      "light-my-request",
    ],
    plugins: [
      { name: "one-of-each", setup: contractOutside },
      { name: "es-modules", setup: asModules },
    ],
    banner: { js: COMMON_JS },
  });
  writeFileSync(manifest, wanted);
}

/** Leaves the contract's modules to the package's own files. */
function contractOutside(bundler) {
  bundler.onResolve({ filter: /^\.{1,2}\// }, ({ path, resolveDir }) => {
    const file = relative(core, join(resolveDir, path)).replaceAll(sep, "/");
    if (!/^(contract|errors)\//.test(file)) return undefined;
    return { path: `@vexil/core/internal/${file.replace(/\.js$/, "")}`, external: true };
  });
  bundler.onResolve({ filter: /^@vexil\/core\/plugin$/ }, ({ path }) => ({ path, external: true }));
}

/** rxjs gives Node its CommonJS files, of which nothing can be left out. */
function asModules(bundler) {
  const library = join(root, "node_modules", "rxjs", "dist", "esm");
  bundler.onResolve({ filter: /^rxjs(\/operators)?$/ }, ({ path }) => ({
    path: join(library, path.slice("rxjs".length), "index.js"),
    sideEffects: false,
  }));
}
