import type { Scope } from "../files/temporary-directory.js";
import { type EdgeGateway, startEdgeGateway } from "../network/edge-gateway.js";
import { EXAMPLE_FILES, type TemporaryRepository, temporaryRepository } from "../repositories/temporary-repository.js";
import { type Json, type RunningDaemon, startDaemon } from "./daemon.js";

type Settings = Readonly<Record<string, unknown>>;

/** A daemon with a bare remote, and what edges reach it by. */
export interface Origin {
  readonly remote: TemporaryRepository;
  readonly daemon: RunningDaemon;
  readonly gateway: EdgeGateway;
}

/** The example's flags in storage `default`. */
export async function startOrigin(t: Scope, config: Settings = {}, of?: TemporaryRepository): Promise<Origin> {
  const remote = of ?? (await temporaryRepository(t, { files: EXAMPLE_FILES }));
  const storage = { default: { remote: remote.path, poll_interval: "1s" } };
  const daemon = await startDaemon(t, { config: { storage, ...config } });
  return { remote, daemon, gateway: await startEdgeGateway(t, daemon.url) };
}

/** An edge of what answers at an address. */
export function startEdge(
  t: Scope,
  upstream: string,
  edge: Settings = {},
  { cwd, ...config }: Settings & { readonly cwd?: string } = {},
): Promise<RunningDaemon> {
  const section = { upstream, poll_interval: "60s", ...edge };
  return startDaemon(t, { config: { edge: section, ...config }, ...(cwd !== undefined && { cwd }) });
}

/** The answer of the example's boolean flag. */
export async function banner(daemon: RunningDaemon): Promise<unknown> {
  const { status, body } = await daemon.post("/evaluate/v1/boolean", { flagKey: "banner", entityId: "ada" });
  return status === 200 ? body.enabled : body.message;
}

/** The example's file with the boolean flag switched. */
export function bannerFile(enabled: boolean): Readonly<Record<string, string>> {
  const text = EXAMPLE_FILES["default/features.yaml"] ?? "";
  return { "default/features.yaml": text.replace(/(key: banner[\s\S]*?enabled: )(?:true|false)/, `$1${enabled}`) };
}

/** Switches the example's boolean flag by the API of a daemon. */
export function writeBanner(
  daemon: RunningDaemon,
  enabled: boolean,
  headers: Readonly<Record<string, string>> = {},
  revision?: string,
): Promise<{ readonly status: number; readonly body: Json }> {
  const payload = { "@type": "flipt.core.Flag", key: "banner", name: "Banner", type: "BOOLEAN_FLAG_TYPE", enabled };
  const body = { key: "banner", payload, ...(revision !== undefined && { revision }) };
  return daemon.call("PUT", "/api/v2/environments/default/namespaces/default/resources", body, { ...headers });
}
