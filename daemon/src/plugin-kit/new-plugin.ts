import { existsSync } from "node:fs";
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { bundledTypes } from "@vexil/config/bundled-plugins";
import { packApi } from "./pack-api.js";
import { pluginManifest, TEMPLATE_KINDS, type TemplateKind } from "./plugin-manifest.js";

const TEMPLATES = join(dirname(createRequire(import.meta.url).resolve("@vexil/daemon/package.json")), "templates");
const NAME = /^[a-z][a-z0-9-]*$/;

/**
 * The name of a plugin, which may be given as its package is called.
 * @throws Error where that is a plugin of another kind
 */
export function shortName(name: string, kind: TemplateKind): string {
  const other = TEMPLATE_KINDS.find((one) => name.startsWith(`vexil-${one}-`));
  if (other === undefined) return name;
  const short = name.slice(`vexil-${other}-`.length);
  if (other === kind) return short;
  throw new Error(`"${name}" would be a ${kind}: say "vexil plugin new ${short} --kind ${other}", or another name`);
}

/**
 * Makes the folder of a new plugin in `directory`: all of it, or nothing.
 * @returns its package name, which is the folder's, too
 * @throws Error that says what is wrong with the name or the place
 */
export async function newPlugin(name: string, kind: TemplateKind, directory: string): Promise<string> {
  if (!NAME.test(name)) throw new Error(`"${name}" is no name for a plugin: a name is [a-z][a-z0-9-]*`);
  // A plugin of a bundled one's name could never be named by its type.
  const isBundled = bundledTypes(kind).some((type) => type.replaceAll("_", "-") === name);
  if (isBundled) throw new Error(`"${name}" is taken: Vexil brings a ${kind} of that name`);
  const packageName = `vexil-${kind}-${name}`;
  const target = join(directory, packageName);
  if (existsSync(target)) throw new Error(`${packageName} exists here already`);
  const work = await mkdtemp(join(directory, `.${packageName}-`));
  try {
    await cp(join(TEMPLATES, kind), work, { recursive: true });
    await cp(join(TEMPLATES, "every-kind"), work, { recursive: true });
    // npm leaves out a .gitignore when it packs the templates.
    await rename(join(work, "gitignore"), join(work, ".gitignore"));
    await fillIn(work, { __name__: name, __package__: packageName });
    await mkdir(join(work, "vendor"));
    const api = await packApi(join(work, "vendor"));
    const manifest = pluginManifest({
      package: packageName,
      kind,
      apiTarball: api.tarball,
      apiVersion: api.version,
    });
    await writeFile(join(work, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
    // A temporary directory is its owner's alone.
    await chmod(work, 0o755);
    await rename(work, target);
  } catch (error) {
    await rm(work, { recursive: true, force: true });
    throw error;
  }
  return packageName;
}

async function fillIn(directory: string, values: Readonly<Record<string, string>>): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    let text = await readFile(path, "utf8");
    for (const [placeholder, value] of Object.entries(values)) text = text.replaceAll(placeholder, value);
    await writeFile(path, text);
  }
}
