import { execFile } from "node:child_process";
import type { PackageBuild } from "./inspect-build.js";

const BUILD_MS = 300_000;
const OUTPUT_BYTES = 2 ** 24;
const OUTPUT_SHOWN = 4_000;

/**
 * Runs a package's build script.
 * @throws Error with the end of what it printed when it fails
 */
export function buildPackage({ name, folder }: Pick<PackageBuild, "name" | "folder">): Promise<void> {
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const options = { cwd: folder, timeout: BUILD_MS, maxBuffer: OUTPUT_BYTES };
  return new Promise((resolve, reject) => {
    execFile(npm, ["run", "--silent", "build"], options, (error, stdout, stderr) => {
      if (error === null) resolve();
      else reject(new Error(`the build of ${name} failed: ${reasonOf(error, stdout + stderr)}`));
    });
  });
}

function reasonOf(error: Error & { readonly code?: unknown; readonly killed?: boolean }, output: string): string {
  if (error.code === "ENOENT") return "npm is not installed; build it yourself, or use --no-build";
  const how =
    error.killed === true ? `it took more than ${BUILD_MS / 1_000} s` : `npm run build: exit code ${error.code}`;
  return `${how}\n${output.slice(-OUTPUT_SHOWN).trim()}`;
}
