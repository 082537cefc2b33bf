// Makes a fresh clone runnable: installs what the lock file names (skipped when up to date) and builds.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { dropStale } from "./drop-stale.mjs";
import { runStep } from "./run-step.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, "node_modules", ".vexil-installed");
const wanted = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .update(`${process.versions.modules} ${process.platform} ${process.arch}`)
  .digest("hex");

async function run(title, command, args) {
  const code = await runStep(title, command, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  if (code !== 0) process.exit(code);
}

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Vexil needs Node 20.19 or newer; this is ${process.versions.node}.\n`);
  process.exit(1);
}
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) {
  // Install scripts are not run: nothing that Vexil uses needs one.
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  await run("Installing what the lock file names", "npm", args);
  writeFileSync(stamp, wanted);
}
dropStale(root);
const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
await run("Compiling, which takes about a minute the first time", process.execPath, [tsc, "-b"]);
await run("Building the console", process.execPath, [join(root, ".scripts", "console.mjs")]);
await run("Building the manual", process.execPath, [join(root, "daemon", "docs", "build.mjs")]);
await run("Bundling", process.execPath, [join(root, ".scripts", "bundle.mjs")]);
