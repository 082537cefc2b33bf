import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "../daemon/daemon.js";
import { type Scope, temporaryDirectory } from "../files/temporary-directory.js";

const NGINX = "/usr/sbin/nginx";

/** Said by tests that are skipped because there is no nginx. */
export const missingNginx = existsSync(NGINX) ? undefined : `not installed: ${NGINX}`;

/**
 * Starts nginx.
 * @param servers its `server` blocks
 * @param url an address that answers 200 once it is there
 */
export async function startNginx(scope: Scope, servers: string, url: string): Promise<void> {
  const directory = await temporaryDirectory(scope);
  const file = join(directory, "nginx.conf");
  const log = join(directory, "error.log");
  await writeFile(
    file,
    `daemon off; pid ${directory}/pid; error_log ${log}; events {}
    http {
      access_log off;
      client_body_temp_path ${directory}; proxy_temp_path ${directory}; fastcgi_temp_path ${directory};
      uwsgi_temp_path ${directory}; scgi_temp_path ${directory};
      ${servers}
    }`,
  );
  const child = spawn(NGINX, ["-c", file, "-p", directory], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  scope.teardown(async () => {
    child.kill();
    await ended;
  });
  const answers = async (): Promise<number> => {
    if (child.exitCode !== null) throw new Error(await readFile(log, "utf8"));
    return fetch(url).then(
      ({ status }) => status,
      () => 0,
    );
  };
  await eventually(answers, (status) => status === 200);
}
