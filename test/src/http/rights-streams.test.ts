import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { startDaemon } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { type OpenStream, openStream } from "../helpers/http/open-stream.js";
import { bearer, RIGHTS, rightsConfig } from "../helpers/http/rights-daemon.js";

/** The same rights without those of a token. */
const without = (token: string): Readonly<Record<string, unknown>> => ({
  ...RIGHTS,
  bindings: RIGHTS.bindings.filter(({ match }) => match.token !== token),
});

const SSE = { Accept: "text/event-stream" };
const PATHS = [
  ["/client/v2/environments/staging/namespaces/default/stream", {}],
  ["/client/v2/environments/staging/namespaces/default/stream", { "Accept-Encoding": "gzip" }],
  ["/client/v2/environments/staging/namespaces/default/stream", SSE],
  ["/ofrep/v1/_stream/staging/default/events", SSE],
] as const;

/** Streams of every kind, so many that each worker has some. */
async function open(t: Parameters<typeof openStream>[0], url: string, token: string): Promise<readonly OpenStream[]> {
  return Promise.all(
    Array.from({ length: 12 }, (_, index) => {
      const [path, headers] = PATHS[index % PATHS.length] as (typeof PATHS)[number];
      return openStream(t, `${url}${path}`, { ...bearer(token), ...headers });
    }),
  );
}

test("a reload that takes a right away ends its streams on all workers; others stay open", async (t) => {
  const directory = await temporaryDirectory(t);
  const config = { ...rightsConfig(), server: { workers: 2 } };
  const daemon = await startDaemon(t, { cwd: directory, config });
  const made = await daemon.call(
    "POST",
    "/api/v2/environments/staging/namespaces/default/resources",
    { key: "on", payload: { "@type": "flipt.core.Flag", key: "on", name: "on", type: "BOOLEAN_FLAG_TYPE" } },
    bearer("root"),
  );
  t.is(made.status, 200, JSON.stringify(made.body));
  const [losing, keeping] = [await open(t, daemon.url, "viewer"), await open(t, daemon.url, "editor")];
  for (const stream of [...losing, ...keeping]) {
    t.is(stream.status, 200);
    await stream.until((text) => text !== "");
  }
  const changed = JSON.stringify({
    version: "2.0",
    ...rightsConfig(without("view*")),
    server: { host: "127.0.0.1", http_port: 0, workers: 2 },
    log: { encoding: "json", level: "debug" },
  });
  await writeFile(join(directory, "vexil.json"), changed);
  const started = performance.now();
  daemon.child.kill("SIGHUP");
  await Promise.all(losing.map(({ ended }) => ended));
  t.log(`streams ended ${Math.round(performance.now() - started)} ms after the signal`);
  for (const stream of losing) t.regex(stream.text(), /permission denied/);
  await daemon.line(({ event }) => event === "config.reloaded");
  await daemon.line(({ event }) => event === "access.changed");
  // Those that stay get what comes.
  const written = await daemon.call(
    "PUT",
    "/api/v2/environments/staging/namespaces/default/resources",
    {
      key: "on",
      payload: { "@type": "flipt.core.Flag", key: "on", name: "on", type: "BOOLEAN_FLAG_TYPE", enabled: true },
    },
    bearer("editor"),
  );
  t.is(written.status, 200);
  for (const stream of keeping) {
    await stream.until(() => stream.messages().length === 2);
    t.notRegex(stream.text(), /permission denied/);
  }
  const late = await openStream(t, `${daemon.url}${PATHS[0][0]}`, bearer("viewer"));
  t.is(late.status, 403);
});

test("a faulty reload leaves the rights as they were", async (t) => {
  const directory = await temporaryDirectory(t);
  const daemon = await startDaemon(t, { cwd: directory, config: rightsConfig() });
  const stream = await openStream(t, `${daemon.url}${PATHS[2][0]}`, { ...bearer("viewer"), ...SSE });
  const faulty = { ...without("view*"), roles: { ...RIGHTS.roles, broken: [{ actions: ["fly"] }] } };
  const text = JSON.stringify({ version: "2.0", ...rightsConfig(faulty), log: { encoding: "json", level: "debug" } });
  await writeFile(join(directory, "vexil.json"), text);
  daemon.child.kill("SIGHUP");
  const { reason } = await daemon.line(({ event }) => event === "config.rejected");
  t.regex(String(reason), /unknown action "fly"/);
  t.is((await daemon.get("/api/v2/environments/staging/namespaces", bearer("viewer"))).status, 200);
  t.is((await daemon.get("/api/v2/environments/production/namespaces", bearer("viewer"))).status, 403);
  t.false(stream.text().includes("denied"));
});

test("workers judge as one process does, and forget what a branch's key meant", async (t) => {
  const config = { ...rightsConfig(), server: { workers: 2 } };
  const daemon = await startDaemon(t, { config });
  const evaluated = async (environmentKey: string): Promise<readonly number[]> => {
    const body = { environmentKey, flagKey: "x", entityId: "e" };
    // Connections of their own, so that each worker gets some.
    const headers = { ...bearer("viewer"), Connection: "close" };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => daemon.post("/evaluate/v1/boolean", body, headers)),
    );
    return [...new Set(answers.map(({ status }) => status))];
  };
  t.deepEqual(await evaluated("production"), [403]);
  t.deepEqual(await evaluated("staging"), [404]);
  const branch = async (base: string): Promise<void> => {
    const made = await daemon.post(`/api/v2/environments/${base}/branches`, { key: "b" }, bearer("root"));
    t.is(made.status, 200, JSON.stringify(made.body));
  };
  await branch("staging");
  t.deepEqual(await evaluated("b"), [404]);
  const gone = await daemon.call("DELETE", "/api/v2/environments/staging/branches/b", undefined, bearer("root"));
  t.is(gone.status, 200);
  await branch("production");
  t.deepEqual(await evaluated("b"), [403]);
});

/** A way to authenticate that does not end. */
const ENDLESS = `
export default {
  kind: "authentication",
  apiVersion: 1,
  name: "endless",
  schema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
  create: async (settings, { logger }) => ({
    schemes: ["Bearer"],
    verify: async () => undefined,
    close: () => {
      logger.log("info", "endless.closing", "it is asked to end", {});
      return new Promise(() => {});
    },
  }),
};
`;

test("new rules do not wait for a way to authenticate that hangs at its end", async (t) => {
  const directory = await temporaryDirectory(t);
  const folder = join(directory, "node_modules", "vexil-authentication-endless");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "index.mjs"), ENDLESS);
  await writeFile(
    join(folder, "package.json"),
    JSON.stringify({ name: "vexil-authentication-endless", version: "1.0.0", main: "index.mjs" }),
  );
  const server = { host: "127.0.0.1", http_port: 0, workers: 2 };
  const config = (round: number, rights?: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
    const made = rightsConfig(rights) as { readonly authentication: { readonly methods: object } };
    const methods = { ...made.authentication.methods, endless: { enabled: true, round } };
    return { ...made, authentication: { ...made.authentication, methods }, server };
  };
  const daemon = await startDaemon(t, { cwd: directory, config: config(1) });
  const losing = await open(t, daemon.url, "viewer");
  for (const stream of losing) t.is(stream.status, 200);
  const changed = { version: "2.0", ...config(2, without("view*")), log: { encoding: "json", level: "debug" } };
  await writeFile(join(directory, "vexil.json"), JSON.stringify(changed));
  daemon.child.kill("SIGHUP");
  await daemon.line(({ event }) => event === "config.reloaded");
  await Promise.all(losing.map(({ ended }) => ended));
  const events = daemon.lines.map(({ event }) => event);
  const order = ["endless.closing", "access.changed", "config.reloaded"].map((event) => events.indexOf(event));
  t.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
  );
  t.false(order.includes(-1));
  // Its deadline has not come before: nobody waited for that.
  t.false(events.slice(0, order[2]).includes("plugin.failed"));
});
