// Makes a fresh clone runnable: installs what the lock file names (skipped when up to date) and builds.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { dropStale } from "./drop-stale.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, "node_modules", ".vexil-installed");
const wanted = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .update(`${process.versions.modules} ${process.platform} ${process.arch}`)
  .digest("hex");

function run(command, args) {
  const result = spawnSync(command, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Vexil needs Node 20.19 or newer; this is ${process.versions.node}.\n`);
  process.exit(1);
}
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) {
  process.stderr.write("Installing what the lock file names …\n");
  // Install scripts are not run: nothing that Vexil uses needs one.
  run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
  writeFileSync(stamp, wanted);
  process.stderr.write("Building; this takes about a minute …\n");
}
dropStale(root);
run(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-b"]);
run(process.execPath, [join(root, ".scripts", "console.mjs")]);
run(process.execPath, [join(root, "daemon", "docs", "build.mjs")]);
run(process.execPath, [join(root, ".scripts", "bundle.mjs")]);
