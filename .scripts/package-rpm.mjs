// Makes vexil-<version>-1.x86_64.rpm in the directory given, else in dist, of the files that the Debian package has. Needs
// rpmbuild, which Debian has too, and no root.
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DESCRIPTION } from "./packages/description.mjs";
import { put, root, run, sourceDate, version } from "./packages/files.mjs";
import { fillTree } from "./packages/system-tree.mjs";

const output = resolve(process.argv[2] ?? join(root, "dist"));
const work = mkdtempSync(join(tmpdir(), "vexil-rpm-"));
try {
  const tree = join(work, "tree");
  await fillTree(tree, { zsh: "site-functions" });
  put(tree, "usr/share/licenses/vexil/LICENSE", readFileSync(join(root, "LICENSE")));
  put(work, "vexil.spec", spec(tree));
  const definitions = {
    _topdir: join(work, "build"),
    _rpmdir: join(work, "made"),
    _buildhost: "localhost",
    // The files are as they are to be: nothing is stripped, compressed or linked to what they were built from.
    __os_install_post: "%{nil}",
    _build_id_links: "none",
    _binary_payload: "w3.zstdio",
    use_source_date_epoch_as_buildtime: "1",
    clamp_mtime_to_source_date_epoch: "1",
  };
  const defines = Object.entries(definitions).flatMap(([name, value]) => ["--define", `${name} ${value}`]);
  const target = ["--target", "x86_64-linux"];
  const env = { SOURCE_DATE_EPOCH: String(sourceDate()) };
  run("rpmbuild", ["-bb", "--quiet", ...target, ...defines, join(work, "vexil.spec")], { env });
  mkdirSync(output, { recursive: true });
  const name = `vexil-${version}-1.x86_64.rpm`;
  for (const old of readdirSync(output)) if (/^vexil-.*\.rpm$/.test(old)) rmSync(join(output, old));
  copyFileSync(join(work, "made", "x86_64", name), join(output, name));
  process.stdout.write(`${join(output, name)}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

function spec(tree) {
  const { name, summary, text, license, maintainer } = DESCRIPTION;
  const values = { name, version, summary, text: text.join("\n"), license, maintainer, tree };
  const template = readFileSync(join(root, ".scripts", "rpm", "vexil.spec"), "utf8");
  return template.replaceAll(/\{\{(\w+)\}\}/g, (_, key) => values[key]);
}
