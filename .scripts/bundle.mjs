// Puts the built daemon and the libraries it runs on into few files, daemon/bundle: a start that has to find and read
// some 1,400 modules takes three times as long. Skipped when nothing has changed.
//
// What plugins see stays outside and is loaded from where they load it, so that there is one of each: @vexil/plugin-api,
// with its errors, and zod. Plugins themselves load by name, as ever.
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const pluginApi = join(root, "core", "plugin-api", "dist");
const CORE = ["plugin-api", "git", "flags", "config", "engine"];
const PLUGINS = readdirSync(join(root, "plugins"));
const output = join(root, "daemon", "bundle");
const manifest = join(output, "built-from.json");

/**
 * Names that CommonJS libraries find in their scope, and an ES module does not. Other names are such as nobody uses.
 */
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
const PARTS = [...CORE.map((name) => `core/${name}`), ...PLUGINS.map((name) => `plugins/${name}`)];
const built = ["../dist/.tsbuildinfo", ...PARTS.map((part) => `../../${part}/dist/.tsbuildinfo`)].map((path) => ({
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
  const { metafile } = await build({
    absWorkingDir: root,
    // Beside the program, what threads, worker processes and hooks begin with; they are looked for beside what starts them.
    entryPoints: {
      main: "daemon/dist/main.js",
      worker: "daemon/dist/workers/worker.js",
      "parse-worker": "core/flags/dist/parse/parse-worker.js",
      "unpack-worker": "core/git/dist/objects/unpack-worker.js",
      "api-fallback-hook": "core/plugin-api/dist/host/api-fallback-hook.js",
      contender: "core/plugin-api/dist/testing/contender.js",
    },
    outdir: output,
    metafile: true,
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
      { name: "one-of-each", setup: pluginApiOutside },
      { name: "es-modules", setup: asModules },
      { name: "settings-inside", setup: settingsInside },
    ],
    banner: { js: COMMON_JS },
  });
  // Loaded by Node itself before anything else, and so no ES module.
  copyFileSync(join(root, "daemon", "dist", "workers", "orphan.cjs"), join(output, "orphan.cjs"));
  // What the bundle holds: the SBOM is made of it.
  writeFileSync(join(output, "metafile.json"), JSON.stringify(metafile));
  writeFileSync(manifest, wanted);
}

/** Leaves what plugins see to the package's own files; the conformance kits and what is the host's alone come along. */
function pluginApiOutside(bundler) {
  bundler.onResolve({ filter: /^\.{1,2}\// }, ({ path, resolveDir }) => {
    const file = relative(pluginApi, join(resolveDir, path)).replaceAll(sep, "/");
    if (/^(\.\.|testing|host)\//.test(file)) return undefined;
    const room = /^(errors|settings|template)\//.exec(file)?.[1];
    return { path: room === undefined ? "@vexil/plugin-api" : `@vexil/plugin-api/${room}`, external: true };
  });
  bundler.onResolve(
    { filter: /^@vexil\/plugin-api(\/(?:errors|settings|signal-within|template|time-slice))?$/ },
    ({ path }) => ({ path, external: true }),
  );
}

/** What core asks bundled plugins for by name at every start, their settings, is put beside what asks. */
function settingsInside(bundler) {
  const asked = /await import\((`@vexil\/[^`]*\/settings`)\)/;
  bundler.onLoad({ filter: /[\\/]core[\\/]config[\\/]dist[\\/]bundled-plugins\.js$/ }, ({ path }) => {
    const text = readFileSync(path, "utf8");
    if (!asked.test(text)) throw new Error(`${path} does not ask for settings as expected`);
    const imports = PLUGINS.map((name, index) => `import * as plugin${index} from "@vexil/${name}/settings";`);
    const table = PLUGINS.map((name, index) => `"@vexil/${name}/settings": plugin${index}`);
    return {
      contents: `${imports.join("\n")}\n${text.replace(asked, `({ ${table.join(", ")} })[$1]`)}`,
      resolveDir: dirname(path),
    };
  });
}

/** rxjs gives Node its CommonJS files, of which nothing can be left out. */
function asModules(bundler) {
  const library = join(root, "node_modules", "rxjs", "dist", "esm");
  bundler.onResolve({ filter: /^rxjs(\/operators)?$/ }, ({ path }) => ({
    path: join(library, path.slice("rxjs".length), "index.js"),
    sideEffects: false,
  }));
}
