// Builds the web console, daemon/console/dist, and writes each file compressed beside it: the daemon sends them as they
// are. Skipped when nothing has changed.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const home = join(root, "daemon", "console");
const output = join(home, "dist");
const manifest = join(output, ".built-from");

const sources = readdirSync(join(home, "src"), { withFileTypes: true, recursive: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name));
const made = [join(home, "index.html"), join(home, "vite.config.mjs"), join(root, "package-lock.json")];
const all = [...sources.sort(), ...made, fileURLToPath(import.meta.url)];
const hash = createHash("sha256");
for (const file of all) hash.update(relative(root, file)).update("\0").update(readFileSync(file)).update("\0");
const wanted = `${hash.digest("hex")}\n`;

/** Leaves beside the console what it was made of: the SBOM says which packages that is. */
const tellModules = {
  name: "tell-modules",
  generateBundle(_options, bundle) {
    const modules = Object.values(bundle).flatMap((chunk) => Object.entries(chunk.modules ?? {}));
    const rendered = modules.filter(([, { renderedLength }]) => renderedLength > 0);
    const paths = new Set(rendered.map(([id]) => relative(root, id.replace(/^\0|\?.*$/g, ""))));
    this.emitFile({ type: "asset", fileName: ".modules.json", source: JSON.stringify([...paths].sort()) });
  },
};

if (!existsSync(manifest) || readFileSync(manifest, "utf8") !== wanted) {
  const vite = createRequire(join(home, "package.json")).resolve("vite/package.json");
  const { build } = await import(pathToFileURL(join(dirname(vite), "dist", "node", "index.js")).href);
  await build({ configFile: join(home, "vite.config.mjs"), logLevel: "warn", plugins: [tellModules] });
  for (const name of readdirSync(join(output, "assets"))) compress(join(output, "assets", name));
  writeFileSync(manifest, wanted);
}

/** As small as it gets: it is done once, and sent often. */
function compress(file) {
  const bytes = readFileSync(file);
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params }));
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
}
