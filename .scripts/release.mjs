// Makes all that a release consists of in dist/release, and the tag:
// npm run release -- [--dry-run] [--only KINDS] [--no-image] [DIRECTORY]
// A dry run makes no tag. KINDS are some of those below, by commas; without it all of them have to be made.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { root, run, version } from "./packages/files.mjs";
import { imageEngine } from "./packages/image-engine.mjs";
import { releaseNotes } from "./packages/release-notes.mjs";

/** Scripts that make the parts, in this order: a repository for apt is made of the Debian package. */
const KINDS = {
  npm: "package-npm",
  sbom: "sbom",
  deb: "package-deb",
  apt: "package-apt",
  rpm: "package-rpm",
  image: "package-image",
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    "dry-run": { type: "boolean", default: false },
    "no-image": { type: "boolean", default: false },
    only: { type: "string" },
  },
});
try {
  const named = values.only?.split(",") ?? Object.keys(KINDS);
  const kinds = named.filter((kind) => kind !== "image" || !values["no-image"]);
  release(kinds, resolve(positionals[0] ?? join(root, "dist", "release")), values["dry-run"]);
} catch (error) {
  process.stderr.write(`Error: ${error.message}\n`);
  process.exit(1);
}

function release(kinds, output, isTrial) {
  for (const kind of kinds)
    if (!(kind in KINDS)) throw new Error(`"${kind}" is none of ${Object.keys(KINDS).join(", ")}`);
  const tag = `v${version}`;
  checkSources(tag);
  const notes = releaseNotes(version);
  // Said now, not when all else has been made.
  if (kinds.includes("image")) imageEngine();
  if (existsSync(output) && readdirSync(output).length > 0 && !existsSync(join(output, "SHA256SUMS"))) {
    throw new Error(`${output} is not empty, and no release: name another directory`);
  }
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  for (const kind of kinds) {
    process.stderr.write(`making ${kind} …\n`);
    run(process.execPath, [join(root, ".scripts", `${KINDS[kind]}.mjs`), output]);
  }
  writeFileSync(join(output, "NOTES.md"), notes);
  writeFileSync(join(output, "SHA256SUMS"), sums(output));
  if (isTrial) return void process.stdout.write(`${output}\nA dry run: there is no tag ${tag} yet.\n`);
  run("git", ["tag", "--annotate", tag, "--message", `Vexil ${version}`]);
  process.stdout.write(`${output}\nTagged ${tag}. What is left: git push origin ${tag}, and npm publish each .tgz.\n`);
}

/** What is released is what is committed, once. */
function checkSources(tag) {
  const changed = run("git", ["status", "--porcelain"]).trim();
  if (changed !== "") throw new Error(`commit or remove first what git does not have:\n${changed}`);
  if (run("git", ["tag", "--list", tag]).trim() !== "") {
    throw new Error(`there is a tag ${tag}: npm run set-version -- X.Y.Z sets another version`);
  }
}

function sums(output) {
  const files = readdirSync(output, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => relative(output, join(entry.parentPath, entry.name))).sort();
  const hash = (path) =>
    createHash("sha256")
      .update(readFileSync(join(output, path)))
      .digest("hex");
  return paths.map((path) => `${hash(path)}  ${path}\n`).join("");
}
