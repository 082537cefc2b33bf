// Puts the built daemon, its plugins and the libraries they run on into few files, daemon/bundle: a start that has to find
// and read some 1,400 modules takes three times as long. Skipped when nothing has changed.
//
// The command line is ES modules (.mjs), of which each command loads its own. What processes run is one file of CommonJS
// each (.js), since Node 20 keeps what V8 made of those alone; libraries that few need are files beside it.
import { createHash } from "node:crypto";
import { appendFileSync, copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
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

/** What CommonJS has in the place of `import.meta.url`. */
const URL_OF_FILE = 'const bundle$url = require("node:url").pathToFileURL(__filename).href;';
/** `import()` of what is not in the bundle: as `daemon/src/code` has it for what is kept. */
const IMPORT = "const bundle$import = module.importModule ?? ((url) => import(url));";

/** Programs whose start somebody waits for: what V8 made of them is kept (`daemon/src/code`). */
const KEPT = ["daemon", "worker", "parse-worker"];
/** What processes, threads and hooks begin with; they are looked for beside what starts them. */
const PROGRAMS = {
  daemon: "daemon/dist/daemon-program.js",
  worker: "daemon/dist/workers/worker.js",
  "parse-worker": "core/flags/dist/parse/parse-worker.js",
  "unpack-worker": "core/git/dist/objects/unpack-worker.js",
  "api-fallback-hook": "core/plugin-api/dist/host/api-fallback-hook.js",
  contender: "core/plugin-api/dist/testing/contender.js",
  "decrypt-thread": "plugins/auth-ssh/dist/decrypt-thread.js",
};
/** Large libraries that are loaded when something needs them, and never otherwise. */
const LIBRARIES = {
  "@grpc/grpc-js": "grpc",
  "@redis/client": "redis",
  "isomorphic-git": "isomorphic-git",
  pg: "pg",
  ssh2: "ssh2",
  undici: "undici",
};

const COMMON = {
  absWorkingDir: root,
  outdir: output,
  metafile: true,
  bundle: true,
  platform: "node",
  target: "node20.19",
  // Names stay, for stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 120,
  legalComments: "linked",
  mainFields: ["module", "main"],
  logLevel: "warning",
  // Never asked for, or by terminals only, or native and never built.
  external: [
    "pino-pretty",
    "@fastify/ajv-compiler",
    "@fastify/fast-json-stringify-compiler",
    "light-my-request",
    "pg-native",
    "cpu-features",
    "*.node",
  ],
};

const COMMON_JS_FILES = {
  ...COMMON,
  format: "cjs",
  define: { "import.meta.url": "bundle$url" },
  banner: { js: `${URL_OF_FILE} ${IMPORT}` },
};

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
  const inside = [
    { name: "es-modules", setup: asModules },
    { name: "plugins-inside", setup: pluginsInside },
    { name: "one-language", setup: oneLanguage },
  ];
  const results = await Promise.all([
    build({
      ...COMMON,
      entryPoints: { main: "daemon/dist/main.js" },
      splitting: true,
      format: "esm",
      outExtension: { ".js": ".mjs" },
      plugins: inside,
      banner: { js: `${COMMON_JS} const bundle$import = (url) => import(url);` },
    }),
    build({
      ...COMMON_JS_FILES,
      entryPoints: Object.fromEntries(KEPT.map((name) => [`${name}-code`, PROGRAMS[name]])),
      plugins: [{ name: "libraries-beside", setup: librariesBeside }, ...inside],
      // Libraries are CommonJS, too. What else there is comes by `bundle$import`: a script has no import() of its own.
      supported: { "dynamic-import": false },
    }),
    build({
      ...COMMON_JS_FILES,
      entryPoints: {
        ...Object.fromEntries(Object.entries(PROGRAMS).filter(([name]) => !KEPT.includes(name))),
        ...Object.fromEntries(Object.entries(LIBRARIES).map(([library, name]) => [`lib-${name}`, library])),
      },
      plugins: [{ name: "libraries-beside", setup: librariesBeside }, ...inside],
    }),
  ]);
  // What says to Node that the .js files are CommonJS.
  writeFileSync(join(output, "package.json"), '{"type":"commonjs"}\n');
  for (const name of KEPT) {
    const code = join(output, `${name}-code.js`);
    const left = readFileSync(code, "utf8")
      .replace(IMPORT, "")
      .match(/^.*(?<![$#\w.])import\(.*$/m);
    if (left !== null) throw new Error(`${code} imports by itself: ${left[0].slice(0, 200)}`);
    appendFileSync(code, `\n// ${hash(code)}\n`);
    writeFileSync(join(output, `${name}.js`), `require("./run-code.cjs")(require.resolve("./${name}-code.js"));\n`);
  }
  for (const file of ["code/run-code.cjs", "workers/orphan.cjs"]) {
    copyFileSync(join(root, "daemon", "dist", file), join(output, basename(file)));
  }
  // What the bundle holds: the SBOM is made of it.
  const outputs = Object.assign({}, ...results.map(({ metafile }) => metafile.outputs));
  writeFileSync(join(output, "metafile.json"), JSON.stringify({ outputs }));
  writeFileSync(manifest, wanted);
}

/** Plugins that come with Vexil, and how their settings are laid out, are asked for by name: what asks finds them inside. */
function pluginsInside(bundler) {
  const inPlaceOf = (module, contents) =>
    bundler.onLoad({ filter: new RegExp(`[\\\\/]core[\\\\/]${module}\\.js$`) }, ({ path }) => ({
      contents,
      resolveDir: dirname(path),
    }));
  const settings = PLUGINS.map((name, index) => `import plugin${index} from "@vexil/${name}/settings";`);
  const table = PLUGINS.map((name, index) => `["@vexil/${name}", plugin${index}]`);
  inPlaceOf("config/dist/bundled-settings", `${settings.join("\n")}\nexport const SETTINGS = new Map([${table}]);`);
  const modules = [...PLUGINS, "backend-local/read-only"].map(
    (name) => `"@vexil/${name}": () => import("@vexil/${name}")`,
  );
  inPlaceOf(
    "engine/dist/plugins/import-plugin",
    `import { createRequire } from "node:module";
     import { pathToFileURL } from "node:url";
     const INSIDE = { ${modules} };
     // What lies elsewhere under the same name is somebody else's.
     const isInside = (specifier, file) =>
       Object.hasOwn(INSIDE, specifier) && createRequire(import.meta.url).resolve(specifier) === file;
     export const importPlugin = (specifier, file) =>
       isInside(specifier, file) ? INSIDE[specifier]() : bundle$import(pathToFileURL(file).href);`,
  );
}

/** zod says what it refuses in fifty languages; Vexil in one. */
function oneLanguage(bundler) {
  bundler.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, ({ path }) => ({
    contents: 'export { default as en } from "./en.js";',
    resolveDir: dirname(path),
  }));
}

/** Leaves large libraries to files of their own. */
function librariesBeside(bundler) {
  bundler.onResolve({ filter: /^[@a-z]/ }, ({ path, kind }) =>
    kind === "entry-point" || !Object.hasOwn(LIBRARIES, path)
      ? undefined
      : { path: `./lib-${LIBRARIES[path]}.js`, external: true },
  );
}

/** rxjs gives Node its CommonJS files, of which nothing can be left out. */
function asModules(bundler) {
  const library = join(root, "node_modules", "rxjs", "dist", "esm");
  bundler.onResolve({ filter: /^rxjs(\/operators)?$/ }, ({ path }) => ({
    path: join(library, path.slice("rxjs".length), "index.js"),
    sideEffects: false,
  }));
}
