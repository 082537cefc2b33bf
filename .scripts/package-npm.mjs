// Makes the tarballs that npm publishes, in the directory given, else in dist: `vexil`, with everything that it runs on, and
// what authors of plugins build against. VEXIL_REPOSITORY says where the sources are, which npm's provenance asks for.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { SCRIPTS } from "../daemon/dist/completion/shell-scripts.js";
import { manPages } from "../daemon/dist/manual/man-pages.js";
import { copyProgram } from "./copy-program.mjs";
import { copyPackage } from "./packages/copy-package.mjs";
import { put, root, run, version } from "./packages/files.mjs";

/** The contract with its conformance kits, and git's formats: what 017 promises. */
const FOR_PLUGINS = ["core/plugin-api", "core/git"];
const COMPLETIONS = { bash: "vexil.bash", zsh: "_vexil", fish: "vexil.fish" };

const output = resolve(process.argv[2] ?? join(root, "dist"));
const work = mkdtempSync(join(tmpdir(), "vexil-npm-"));
process.umask(0o022);
try {
  mkdirSync(output, { recursive: true });
  const trees = [await program(join(work, "vexil")), ...FOR_PLUGINS.map((folder) => published(folder))];
  for (const old of readdirSync(output)) if (/^vexil-.*\.tgz$/.test(old)) rmSync(join(output, old));
  const args = ["pack", "--silent", "--ignore-scripts", "--pack-destination", output, ...trees];
  for (const name of run("npm", args, { cwd: work }).trim().split("\n"))
    process.stdout.write(`${join(output, name)}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function program(tree) {
  copyProgram(join(tree, "node_modules"));
  put(tree, "bin/vexil.js", readFileSync(join(root, ".scripts", "npm", "vexil.js")), 0o755);
  put(tree, "README.md", readFileSync(join(root, ".scripts", "npm", "README.md")));
  put(tree, "LICENSE", readFileSync(join(root, "LICENSE")));
  const pages = await manPages();
  for (const [name, text] of pages) put(tree, `man/${name}`, text);
  for (const [shell, name] of Object.entries(COMPLETIONS)) put(tree, `completion/${name}`, SCRIPTS[shell]);
  const { license, engines } = JSON.parse(readFileSync(join(root, "daemon", "package.json"), "utf8"));
  const manifest = {
    name: "vexil",
    version,
    description: "Feature flags kept in git, served over HTTP",
    keywords: ["feature-flags", "feature-toggles", "gitops", "openfeature", "ofrep"],
    license,
    type: "module",
    engines,
    bin: { vexil: "bin/vexil.js" },
    man: [...pages.keys()].map((name) => `man/${name}`),
    exports: { "./package.json": "./package.json" },
    files: ["bin", "completion", "man"],
    dependencies: { "@vexil/daemon": version },
    bundleDependencies: ["@vexil/daemon"],
    ...forRegistry(),
  };
  put(tree, "package.json", `${JSON.stringify(manifest, null, 2)}\n`);
  return tree;
}

function published(folder) {
  const tree = join(work, folder);
  copyPackage(folder, tree, {
    manifest: ({ devDependencies, ...rest }) => ({ ...rest, ...forRegistry(folder) }),
  });
  for (const page of ["README.md", "API.md"]) {
    if (existsSync(join(root, folder, page))) cpSync(join(root, folder, page), join(tree, page));
  }
  cpSync(join(root, "LICENSE"), join(tree, "LICENSE"));
  return tree;
}

function forRegistry(directory) {
  const url = process.env.VEXIL_REPOSITORY;
  return {
    ...(url !== undefined && { repository: { type: "git", url, ...(directory !== undefined && { directory }) } }),
    publishConfig: { access: "public", provenance: true },
  };
}
