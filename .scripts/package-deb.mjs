// Makes vexil_<version>_amd64.deb in the directory given, else in dist. Needs dpkg-deb, and neither root nor fakeroot.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { CONFIGURATION, DESCRIPTION } from "./packages/description.mjs";
import { put, root, run, sizeOf, sourceDate, version } from "./packages/files.mjs";
import { fillTree } from "./packages/system-tree.mjs";

const parts = join(root, ".scripts", "deb");
const output = resolve(process.argv[2] ?? join(root, "dist"));
const work = mkdtempSync(join(tmpdir(), "vexil-deb-"));
try {
  const tree = join(work, "tree");
  await fillTree(tree, { zsh: "vendor-completions" });
  put(tree, "usr/share/doc/vexil/README.Debian", readFileSync(join(parts, "README.Debian")));
  put(tree, "usr/share/doc/vexil/copyright", readFileSync(join(root, "LICENSE")));
  writeControl(tree);
  process.stdout.write(`${build(tree)}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

function writeControl(tree) {
  const { name, maintainer, summary, text } = DESCRIPTION;
  const fields = {
    Package: name,
    Version: version,
    Architecture: "amd64",
    Maintainer: maintainer,
    "Installed-Size": Math.ceil(sizeOf(tree) / 1024),
    Depends: "libc6 (>= 2.28), libstdc++6 (>= 12), passwd",
    Recommends: "git, systemd",
    Section: "net",
    Priority: "optional",
    Description: [summary, ...text].join("\n "),
  };
  const lines = Object.entries(fields).map(([field, value]) => `${field}: ${value}\n`);
  put(tree, "DEBIAN/control", lines.join(""));
  put(tree, "DEBIAN/conffiles", `${CONFIGURATION}\n`);
  for (const script of ["postinst", "prerm", "postrm"]) {
    put(tree, `DEBIAN/${script}`, readFileSync(join(parts, script)), 0o755);
  }
}

function build(tree) {
  const file = join(output, `vexil_${version}_amd64.deb`);
  mkdirSync(output, { recursive: true });
  for (const old of readdirSync(output)) if (/^vexil_.*\.deb$/.test(old)) rmSync(join(output, old));
  const env = { SOURCE_DATE_EPOCH: String(sourceDate()) };
  run("dpkg-deb", ["--root-owner-group", "-Zxz", "-z1", "--build", tree, file], { env });
  return file;
}
