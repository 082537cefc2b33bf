// Makes what daemon/Dockerfile puts into the image: `program`, which is root's, and `state`, an empty directory.
import { chmodSync, cpSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { copyProgram } from "./copy-program.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [target] = process.argv.slice(2);
if (target === undefined) {
  process.stderr.write("usage: node .scripts/image-tree.mjs DIRECTORY\n");
  process.exit(2);
}
process.umask(0o022);
const program = join(target, "program");
copyProgram(join(program, "usr/lib/vexil/node_modules"));
for (const [from, to, mode] of [
  [".scripts/deb/vexil.mjs", "usr/lib/vexil/vexil.mjs", 0o644],
  ["LICENSE", "usr/share/doc/vexil/copyright", 0o644],
  ["daemon/image/vexil.sh", "usr/local/bin/vexil", 0o755],
  ["daemon/image/vexil.yaml", "etc/vexil/vexil.yaml", 0o644],
]) {
  cpSync(join(root, from), join(program, to));
  chmodSync(join(program, to), mode);
}
mkdirSync(join(target, "state"), { recursive: true });
