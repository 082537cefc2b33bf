import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parse, parseAllDocuments } from "yaml";
import { type Json, startDaemon } from "../helpers/daemon/daemon.js";
import { faultsOf } from "../helpers/files/kubernetes-objects.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const { VEXIL_HELM: helm = "", VEXIL_KUBERNETES_MODELS: models = "" } = process.env;
const EXAMPLE = join(ROOT, "daemon/examples/kubernetes");
const testChart = testUnless(
  helm === "" || models === "" ? "VEXIL_HELM names no helm; .ci/kubernetes brings one" : undefined,
);

const run = (...args: readonly string[]): Promise<string> =>
  promisify(execFile)(helm, args, { cwd: ROOT }).then(({ stdout }) => stdout);
const template = (...args: readonly string[]): Promise<string> =>
  run("template", "flags", "daemon/chart", "--namespace", "flags", ...args);
const set = (values: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(values).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
const objectsOf = (text: string): readonly Json[] =>
  parseAllDocuments(text, { version: "1.1" }).flatMap((document) => (document.contents ? [document.toJS()] : []));
const find = (objects: readonly Json[], kind: string): Json => objects.find((object) => object.kind === kind);
const configOf = (objects: readonly Json[]): Json => parse(find(objects, "ConfigMap").data["vexil.yaml"]);

const VOLUMES = { "remote.url": "https://git.example.com/flags.git", "remote.token.secret": "git", replicas: "2" };

testChart("what the chart makes is what Kubernetes' schemas know, of each kind of state", async (t) => {
  t.timeout(180_000);
  await run("lint", "--strict", "daemon/chart", ...set(VOLUMES));
  const rendered = await Promise.all([
    template(),
    template(...set(VOLUMES)),
    template(...set({ ...VOLUMES, "state.type": "memory", "ingress.enabled": "true", "extraEnv[0].name": "A" })),
    template("--values", join(EXAMPLE, "values.yaml")),
  ]);
  const objects = rendered.flatMap(objectsOf);
  t.deepEqual([...new Set(objects.map(({ kind }) => kind))].sort(), [
    ...["ConfigMap", "Deployment", "Ingress", "PodDisruptionBudget", "Service", "ServiceAccount"],
    ...["ServiceMonitor", "StatefulSet"],
  ]);
  t.deepEqual(await faultsOf(t, models, objects), []);
  // The check itself sees a wrong value and an unknown field.
  const broken = structuredClone(find(objects, "Deployment"));
  broken.spec.replicas = "three";
  broken.spec.template.spec.enableServicelinks = false;
  const faults = (await faultsOf(t, models, [broken])).join("\n");
  t.regex(faults, /replicas/);
  t.regex(faults, /enableServicelinks/);
});

testChart("the example's manifests are what the chart makes of its values", async (t) => {
  const made = await template("--values", join(EXAMPLE, "values.yaml"));
  t.is(readFileSync(join(EXAMPLE, "vexil.yaml"), "utf8"), made);
});

testChart("values that cannot be, or that there are not, are refused with what to write", async (t) => {
  for (const [values, reason] of [
    [{ replicas: "2" }, /several replicas want remote\.url or state\.type postgres/],
    [{ "state.type": "postgres" }, /state\.type postgres wants state\.postgres\.url\.secret/],
    [{ "authentication.tokens.secret": "tokens" }, /authentication\.tokens\.keys is empty/],
    [{ replica: "2" }, /additional properties 'replica' not allowed/],
    [{ "state.type": "disk" }, /value must be one of 'volume', 'postgres', 'memory'/],
  ] as const) {
    const { stderr } = await t.throwsAsync<Error & { stderr: string }>(template(...set(values)));
    t.regex(stderr, reason);
  }
});

testChart("another configuration makes other pods, and a Secret never gets into it", async (t) => {
  const pods = async (values: Readonly<Record<string, string>>): Promise<string> =>
    find(objectsOf(await template(...set(values))), "StatefulSet").spec.template.metadata.annotations[
      "checksum/config"
    ];
  const first = await pods(VOLUMES);
  t.is(await pods({ ...VOLUMES, "resources.limits.memory": "2Gi" }), first);
  t.not(await pods({ ...VOLUMES, "config.log.level": "warn" }), first);
});

testChart("a daemon takes the chart's configuration, and answers its probes as the pods ask them", async (t) => {
  t.timeout(180_000);
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const objects = objectsOf(
    await template(
      ...set({ "remote.url": repository.path, "authentication.sessionKey.secret": "session" }),
      ...["--set", "authentication.tokens.secret=tokens,authentication.tokens.keys={app}"],
    ),
  );
  // What a pod mounts lies in a directory of the test.
  const root = await temporaryDirectory(t);
  await mkdir(join(root, "run/secrets/tokens"), { recursive: true });
  await mkdir(join(root, "var/lib/vexil"), { recursive: true });
  await writeFile(join(root, "run/secrets/tokens/app"), "chart-token-4711");
  const text = JSON.stringify(configOf(objects)).replaceAll(/"\/(run|var)\//g, `"${root}/$1/`);
  const config = JSON.parse(text) as Json;
  const daemon = await startDaemon(t, {
    config: { ...config, server: { ...config.server, host: "127.0.0.1", admin: { host: "127.0.0.1", http_port: 0 } } },
    env: { SESSION_KEY: "s".repeat(40) },
  });
  const { url } = await daemon.line(({ event }) => event === "admin.listening");
  const [{ startupProbe, livenessProbe, readinessProbe }] = find(objects, "StatefulSet").spec.template.spec.containers;
  for (const { httpGet } of [startupProbe, livenessProbe, readinessProbe]) {
    t.is(httpGet.port, "admin");
    t.is((await fetch(`${url}${httpGet.path}`)).status, 200, httpGet.path);
  }
  const question = { flagKey: "banner", entityId: "ada" };
  t.is((await daemon.post("/evaluate/v1/boolean", question)).status, 401);
  const known = await daemon.post("/evaluate/v1/boolean", question, { authorization: "Bearer chart-token-4711" });
  t.is(known.status, 200);
  t.is(await daemon.stop(), 0);
});
