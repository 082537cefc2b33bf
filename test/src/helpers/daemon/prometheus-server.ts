import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { type Scope, temporaryDirectory } from "../files/temporary-directory.js";
import { eventually } from "./daemon.js";

export interface PrometheusServer {
  readonly url: string;
  /** Has it scrape a daemon from now on. */
  scrape(daemonUrl: string): Promise<void>;
  stop(): Promise<void>;
}

/** Runs Prometheus. */
export async function startPrometheus(scope: Scope): Promise<PrometheusServer> {
  const directory = await temporaryDirectory(scope);
  const config = join(directory, "prometheus.yml");
  await writeFile(config, "scrape_configs: []\n");
  const url = `http://127.0.0.1:${await freePort()}`;
  const child = spawn(
    "prometheus",
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(directory, "data")}`,
      `--web.listen-address=${url.slice("http://".length)}`,
    ],
    { stdio: "ignore" },
  );
  const ended = once(child, "exit");
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  scope.teardown(stop);
  const isReady = (): Promise<boolean> =>
    fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  await eventually(isReady, (ready) => ready);
  return {
    url,
    stop,
    scrape: async (daemonUrl) => {
      const target = daemonUrl.slice("http://".length);
      const job = `{ job_name: vexil, scrape_interval: 1s, static_configs: [{ targets: ["${target}"] }] }`;
      await writeFile(config, `scrape_configs: [${job}]\n`);
      child.kill("SIGHUP");
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
