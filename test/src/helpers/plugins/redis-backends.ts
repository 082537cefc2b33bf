import { loadPlugins } from "@vexil/engine/plugins/plugin-registry";
import type { Backend } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { history, RecordingLogger } from "@vexil/plugin-api/testing";
import type { ExecutionContext } from "ava";
import { type RedisServer, type RedisServerOptions, redisServer } from "../databases/redis-server.js";
import { pluginConfig, storageConfig } from "./plugin-config.js";

const REF = "refs/heads/main";

/** A Redis, and a daemon's way to backends on it: loaded, validated, created, guarded. */
export interface RedisBackends {
  readonly server: RedisServer;
  readonly logger: RecordingLogger;
  readonly open: (settings?: object, storage?: { readonly id?: string }) => Promise<Backend>;
  /** Why it does not open, without a password. */
  readonly refusal: (settings: object) => Promise<VexilError>;
}

export async function redisBackends(t: ExecutionContext, options: RedisServerOptions = {}): Promise<RedisBackends> {
  const server = await redisServer(t, options);
  const logger = new RecordingLogger();
  const open: RedisBackends["open"] = async (settings = {}, other = {}) => {
    const scheme = options.tls === undefined ? "redis" : "rediss";
    const own = { url: `${scheme}://127.0.0.1:${server.port}`, password: server.password, ...settings };
    const storage = storageConfig("redis", own, other);
    const config = pluginConfig(process.cwd(), [storage]);
    const registry = await loadPlugins(config, logger);
    t.teardown(() => registry.close());
    return registry.createBackend(storage, config);
  };
  t.teardown(() => {
    if (logger.text().includes("canary")) throw new Error("a log line holds a password");
  });
  const refusal = async (settings: object): Promise<VexilError> => {
    const error: unknown = await open(settings).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!VexilError.is(error)) throw error ?? new Error("it was opened");
    t.false(error.message.includes("canary"), error.message);
    return error;
  };
  return { server, logger, open, refusal };
}

/** Writes a commit and moves the ref to it. */
export async function commitTo(backend: Backend, ref = REF): Promise<string> {
  const { objects, commits } = history(1);
  const oid = commits[0]?.oid ?? "";
  await backend.objects.write(objects);
  const old = (await backend.refs.list(ref)).get(ref);
  if (!(await backend.refs.compareAndSwap([{ ref, old, new: oid, reason: "test" }]))) throw new Error("lost the race");
  return oid;
}

/** Where the ref is. */
export async function refOf(backend: Backend, ref = REF): Promise<string | undefined> {
  return (await backend.refs.list(ref)).get(ref);
}
