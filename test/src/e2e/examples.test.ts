import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import test, { type ExecutionContext } from "ava";
import { build } from "esbuild";
import { parse } from "yaml";
import { freshPage, missingChromium } from "../helpers/browser/chromium.js";
import { eventually, type Json, type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { postgresServer } from "../helpers/databases/postgres-server.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { freePort } from "../helpers/network/free-port.js";
import { missingNginx, startNginx } from "../helpers/network/nginx-proxy.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const EXAMPLES = join(ROOT, "daemon/examples");
const RESOURCES = "/api/v2/environments/default/namespaces/default/resources";
const FLAGS = `version: "1.6"
flags:
  - { key: dark-mode, name: Dark mode, type: BOOLEAN_FLAG_TYPE, rollouts: [{ segment: { key: beta, value: true } }] }
  - key: checkout-page
    name: Checkout page
    type: VARIANT_FLAG_TYPE
    enabled: true
    variants: [{ key: classic, default: true }, { key: one-page }]
    rules: [{ segment: beta, distributions: [{ variant: one-page, rollout: 100 }] }]
segments:
  - key: beta
    name: Beta
    match_type: ALL_MATCH_TYPE
    constraints: [{ type: STRING_COMPARISON_TYPE, property: plan, operator: eq, value: beta }]
`;

/** The example, copied out of the workspace, with the packages that it names beside it. */
async function copied(t: ExecutionContext, name: string): Promise<string> {
  const folder = join(await temporaryDirectory(t), name);
  cpSync(join(EXAMPLES, name), folder, { recursive: true });
  const { dependencies = {}, devDependencies = {} } = JSON.parse(
    readFileSync(join(folder, "package.json"), "utf8"),
  ) as {
    readonly dependencies?: object;
    readonly devDependencies?: object;
  };
  for (const needed of [...Object.keys({ ...dependencies, ...devDependencies }), "undici-types"]) {
    const to = join(folder, "node_modules", needed);
    mkdirSync(join(to, ".."), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", needed), to);
  }
  return folder;
}

test("the Node app decides by user, and goes on with its defaults while there is no daemon", async (t) => {
  const repository = await temporaryRepository(t, { files: { "default/features.yaml": FLAGS } });
  const daemon = await startDaemon(t, {
    config: { storage: { default: { backend: { type: "local", path: repository.path } } } },
  });
  const env = { ...process.env, VEXIL_URL: daemon.url, PORT: "0" };
  const app = spawn(process.execPath, ["app.mjs"], {
    cwd: await copied(t, "node"),
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(app, "close");
  t.teardown(() => app.kill("SIGKILL"));
  const [url = ""] = (await once(createInterface({ input: app.stdout }), "line")) as string[];
  const ask = (query: string): Promise<Json> => fetch(`${url}/?${query}`).then((answer) => answer.json());
  t.deepEqual(await ask("user=bob"), { darkMode: false, checkout: "classic" });
  t.deepEqual(await ask("user=bob&plan=beta"), { darkMode: true, checkout: "one-page" });
  await daemon.stop("SIGKILL");
  t.deepEqual(await ask("user=bob&plan=beta"), { darkMode: false, checkout: "classic" });
  app.kill("SIGTERM");
  t.deepEqual(await ended, [0, null]);
});

testUnless(missingChromium)("the React app shows a user's flags, and shows them anew when one changes", async (t) => {
  t.timeout(180_000);
  const folder = await copied(t, "react");
  const { esbuild } = (await import(join(folder, "vite.config.js"))).default;
  await build({
    entryPoints: [join(folder, "src/main.jsx")],
    outfile: join(folder, "main.js"),
    bundle: true,
    format: "esm",
    ...esbuild,
    logLevel: "error",
  });
  const page = readFileSync(join(folder, "index.html"), "utf8").replace("/src/main.jsx", "/main.js");
  const server = createServer(({ url = "/" }, response) => {
    const isScript = url === "/main.js";
    response.writeHead(200, { "Content-Type": isScript ? "text/javascript" : "text/html" });
    response.end(isScript ? readFileSync(join(folder, "main.js")) : page);
  }).listen(0, "127.0.0.1");
  t.teardown(() => server.close());
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const repository = await temporaryRepository(t, { files: { "default/features.yaml": FLAGS } });
  const daemon = await startDaemon(t, {
    config: {
      storage: { default: { backend: { type: "local", path: repository.path } } },
      cors: { enabled: true, allowed_origins: [origin] },
    },
  });
  const { page: tab } = await freshPage(t, { own: origin, others: [daemon.url] });
  await tab.goto(`${origin}/?user=bob&plan=beta&vexil=${daemon.url}`);
  await tab.getByRole("heading", { name: "Dark shop" }).waitFor();
  await tab.getByText("Checkout: one-page").waitFor();
  await repository.commit({ "default/features.yaml": FLAGS.replace("value: true", "value: false") });
  await tab.getByRole("heading", { name: "Light shop" }).waitFor();
  t.is(await tab.getByRole("heading").count(), 1);
});

test("the custom backend passes the conformance kit, and a daemon finds its flags again after a kill", async (t) => {
  t.timeout(180_000);
  const folder = await copied(t, "backend-journal");
  const tsc = spawnSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", folder], {
    encoding: "utf8",
  });
  t.is(tsc.status, 0, tsc.stdout);
  const kit = spawnSync(process.execPath, ["--test-reporter=tap", join(folder, "dist/test/conformance.test.js")], {
    encoding: "utf8",
  });
  t.is(kit.status, 0, kit.stdout);
  t.true(Number(/^# pass (\d+)$/m.exec(kit.stdout)?.[1]) >= 80, kit.stdout.slice(-500));
  const storage = { default: { backend: { type: folder, path: join(folder, "flags.journal") } } };
  const first = await startDaemon(t, { config: { storage } });
  const payload = { "@type": "flipt.core.Flag", name: "Banner", type: "BOOLEAN_FLAG_TYPE", enabled: true };
  t.is((await first.post(RESOURCES, { key: "banner", payload })).status, 200);
  await first.stop("SIGKILL");
  const second = await startDaemon(t, { config: { storage } });
  const { body } = await second.post("/evaluate/v1/boolean", { flagKey: "banner", entityId: "ada" });
  t.true(body.enabled);
});

testUnless(missingNginx)("three replicas have each other's writes, and nginx goes on when one is gone", async (t) => {
  t.timeout(240_000);
  const [remote, database] = await Promise.all([temporaryRepository(t, { files: {} }), postgresServer(t)]);
  const config = parse(readFileSync(join(EXAMPLES, "replicas/vexil.yaml"), "utf8")) as Json;
  config.storage.default.remote = remote.path;
  const env = { DATABASE_URL: database.url() };
  const replicas = await Promise.all(
    [0, 1, 2].map(() =>
      startDaemon(t, { env, config: { ...config, server: { ...config.server, host: "127.0.0.1" } } }),
    ),
  );
  const port = await freePort();
  const servers = replicas.map(({ url }) => `server ${new URL(url).host};`).join(" ");
  const conf = readFileSync(join(EXAMPLES, "replicas/nginx.conf"), "utf8")
    .replace("server vexil:8080;", servers)
    .replace("listen 8080;", `listen 127.0.0.1:${port};`);
  const front = `http://127.0.0.1:${port}`;
  await startNginx(t, conf, `${front}/health/ready`);
  const payload = { "@type": "flipt.core.Flag", name: "Banner", type: "BOOLEAN_FLAG_TYPE", enabled: true };
  const body = JSON.stringify({ key: "banner", payload });
  t.is((await fetch(front + RESOURCES, { method: "POST", body })).status, 200);
  const question = { flagKey: "banner", entityId: "ada" };
  const enabled = async (daemon: RunningDaemon): Promise<boolean> =>
    (await daemon.post("/evaluate/v1/boolean", question)).body.enabled === true;
  for (const replica of replicas) {
    t.true(
      await eventually(
        () => enabled(replica),
        (is) => is,
      ),
    );
  }
  t.regex(await nativeGit(["show", "main:default/features.yaml"], { cwd: remote.path }), /banner/);
  await replicas[0]?.stop("SIGKILL");
  for (let request = 0; request < 6; request += 1) {
    const answer = await fetch(`${front}/evaluate/v1/boolean`, { method: "POST", body: JSON.stringify(question) });
    t.is(answer.status, 200);
  }
});
