import { spawn } from "node:child_process";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { eventually } from "../daemon/daemon.js";
import { type Scope, temporaryDirectory } from "../files/temporary-directory.js";
import { freePort } from "../network/free-port.js";

const README = new URL("../../../../plugins/sink-export/README.md", import.meta.url);

/** nginx over an exported directory, configured as the README of the sink says; its address. */
export async function nginxOver(scope: Scope, root: string): Promise<string> {
  const directory = await temporaryDirectory(scope);
  const readme = await readFile(README, "utf8");
  const [map = "", places = ""] = [...readme.matchAll(/```nginx\n(.*?)```/gs)].map(([, text]) => text ?? "");
  if (!places.includes("root /srv/flags;")) throw new Error("the README has another configuration of nginx");
  // Its workers are another user where this one may become others.
  await chmod(dirname(root), 0o755);
  const port = await freePort();
  const below = (name: string): string => join(directory, name);
  await writeFile(
    below("nginx.conf"),
    `daemon off; worker_processes 1; pid ${below("pid")}; error_log ${below("error.log")};
events {}
http {
  access_log off;
  client_body_temp_path ${below("body")}; proxy_temp_path ${below("proxy")}; fastcgi_temp_path ${below("fastcgi")};
  uwsgi_temp_path ${below("uwsgi")}; scgi_temp_path ${below("scgi")};
${map}
  server { listen 127.0.0.1:${port};
${places.replace("/srv/flags", root)}
  }
}
`,
  );
  const child = spawn("nginx", ["-p", directory, "-c", below("nginx.conf")], { stdio: ["ignore", "ignore", "ignore"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  scope.teardown(async () => {
    child.kill("SIGQUIT");
    await ended;
  });
  const url = `http://127.0.0.1:${port}`;
  await eventually(
    async () => {
      if (child.exitCode !== null) throw new Error(await readFile(below("error.log"), "utf8"));
      return fetch(url).then(
        (response) => response.status,
        () => undefined,
      );
    },
    (status) => status !== undefined,
  );
  return url;
}
