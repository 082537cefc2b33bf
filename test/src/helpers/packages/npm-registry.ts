import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "../daemon/daemon.js";
import { type Scope, temporaryDirectory } from "../files/temporary-directory.js";
import { freePort } from "../network/free-port.js";

/**
 * Starts a verdaccio that anybody may publish to. What it does not have it asks the registry for that this machine uses.
 * @param installed a directory with verdaccio in its node_modules
 * @param upstream that registry's address
 * @returns its address
 */
export async function npmRegistry(scope: Scope, installed: string, upstream: string): Promise<string> {
  const directory = await temporaryDirectory(scope);
  const config = {
    storage: join(directory, "storage"),
    uplinks: { upstream: { url: upstream } },
    packages: {
      // Never of the registry, which may have others of these names.
      vexil: { access: "$all", publish: "$all" },
      "@vexil/*": { access: "$all", publish: "$all" },
      "**": { access: "$all", proxy: "upstream" },
    },
    web: { enable: false },
    max_body_size: "64mb",
    log: { type: "stdout", format: "pretty", level: "warn" },
  };
  // JSON is YAML.
  await writeFile(join(directory, "config.yaml"), JSON.stringify(config));
  const port = await freePort();
  const program = join(installed, "node_modules", "verdaccio", "bin", "verdaccio");
  const args = [program, "--config", join(directory, "config.yaml"), "--listen", `127.0.0.1:${port}`];
  const child = spawn(process.execPath, args, { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += String(text)));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  scope.teardown(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const url = `http://127.0.0.1:${port}/`;
  const isUp = async (): Promise<boolean> => {
    if (child.exitCode !== null) throw new Error(`verdaccio ended: ${output}`);
    return (await fetch(`${url}-/ping`).catch(() => undefined))?.ok === true;
  };
  await eventually(isUp, (up) => up);
  return url;
}
