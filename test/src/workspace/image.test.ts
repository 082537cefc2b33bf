import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { eventually, type Json } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { freePort } from "../helpers/network/free-port.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const { VEXIL_IMAGE: image } = process.env;
const execute = promisify(execFile);
const testImage = testUnless(
  image === undefined ? "VEXIL_IMAGE names no image; .ci/image builds one" : undefined,
  test.serial,
);

interface Ended {
  readonly code: number;
  readonly stdout: string;
}

const podman = (...args: readonly string[]): Promise<Ended> =>
  execute("podman", args, { timeout: 120_000 }).then(
    ({ stdout }) => ({ code: 0, stdout: stdout.trim() }),
    (error: { readonly code?: number; readonly stdout?: string }) => ({
      code: error.code ?? -1,
      stdout: String(error.stdout),
    }),
  );

/** Runs the image as Kubernetes would a hardened pod. Gives its name and address. */
async function run(t: ExecutionContext, ...options: readonly string[]): Promise<{ name: string; url: string }> {
  const name = `vexil-${randomUUID()}`;
  const port = await freePort();
  t.teardown(() => podman("rm", "--force", "--volumes", name));
  const hardened = [
    "--read-only",
    "--read-only-tmpfs=false",
    "--cap-drop",
    "all",
    "--security-opt",
    "no-new-privileges",
    "--network",
    "host",
  ];
  const { code } = await podman(
    ...["run", "--detach", "--name", name, ...hardened, "--env", `VEXIL_SERVER_HTTP_PORT=${port}`],
    ...[...options, image ?? ""],
  );
  t.is(code, 0);
  return { name, url: `http://127.0.0.1:${port}` };
}

const health = (url: string): Promise<number> =>
  fetch(`${url}/health/live`).then(
    ({ status }) => status,
    () => 0,
  );

testImage("the image serves as nobody on a root that is read-only, and ends with 0 when it is told to", async (t) => {
  t.timeout(180_000);
  const { name, url } = await run(t);
  await eventually(
    () => podman("healthcheck", "run", name),
    ({ code }) => code === 0,
  );
  const user = "id -u; id -g; grep CapEff /proc/1/status; touch /probe 2>/dev/null || echo read-only";
  const { stdout } = await podman("exec", name, "sh", "-c", user);
  t.deepEqual(stdout.split(/\s+/), ["10001", "10001", "CapEff:", "0000000000000000", "read-only"]);
  const created = await podman("exec", name, "vexil", "flag", "create", "banner", "--type", "boolean", "--enabled");
  t.is(created.code, 0);
  const answer = await fetch(`${url}/evaluate/v1/boolean`, {
    method: "POST",
    body: JSON.stringify({ flagKey: "banner", entityId: "ada" }),
  });
  t.like((await answer.json()) as Json, { enabled: true });
  t.regex((await podman("logs", name)).stdout, /"event":"daemon.ready"/);
  t.is((await podman("stop", "--time", "40", name)).code, 0);
  t.is((await podman("inspect", "--format", "{{.State.ExitCode}}", name)).stdout, "0");
  t.regex((await podman("logs", name)).stdout, /"event":"daemon\.stopped"/);
});

testImage("its health check fails while a storage has nothing to serve, and it is live all the same", async (t) => {
  t.timeout(180_000);
  const file = join(await temporaryDirectory(t), "vexil.yaml");
  await writeFile(
    file,
    `storage: { default: { remote: "http://127.0.0.1:2/flags.git", fetch_policy: lenient } }\nserver: { host: 127.0.0.1 }\n`,
    { mode: 0o644 },
  );
  const { name, url } = await run(t, "--volume", `${file}:/etc/vexil/vexil.yaml:ro`);
  await eventually(
    () => health(url),
    (status) => status === 200,
  );
  t.is((await podman("healthcheck", "run", name)).code, 1);
  t.is((await podman("exec", name, "vexil", "health")).code, 1);
  t.is((await podman("exec", name, "vexil", "health", "--live")).code, 0);
});

testImage("it says what it is, by number who runs in it, and where its state lies", async (t) => {
  const { stdout } = await podman("inspect", "--format", "{{json .Config}}", image ?? "");
  const config = JSON.parse(stdout) as Json;
  t.like(config, { User: "10001:10001", StopSignal: "SIGTERM", Volumes: { "/var/lib/vexil": {} } });
  t.is(config.Labels["org.opencontainers.image.licenses"], "Apache-2.0");
  const found = await podman("run", "--rm", "--network", "host", image ?? "", "--version");
  t.regex(found.stdout, /^\d+\.\d+\.\d+$/);
});
