import type { BuildContext } from "./build-context.js";
import { buildEdge } from "./build-edge.js";
import { buildStorages } from "./build-storages.js";
import { LAYOUTS } from "./bundled-layouts.js";
import type {
  AuthenticationConfig,
  AuthorizationConfig,
  Config,
  EnvironmentConfig,
  LogConfig,
  ServerConfig,
  SinkConfig,
} from "./config.js";
import { settingsOf, settingsPath } from "./flipt-layout.js";
import { networkOf } from "./network.js";
import { analyticsConfig } from "./sections/analytics.js";
import { pluginMethods } from "./sections/authentication.js";
import { engineSection, policyPlace } from "./sections/authorization.js";
import { cacheConfig } from "./sections/cache.js";
import { cleanDirectory } from "./sections/environments.js";
import { serverLimits } from "./sections/limits.js";
import { readLevel } from "./sections/log.js";
import type { RootSection } from "./sections/root.js";
import { adminAddress, basePath, strictTransport } from "./sections/server.js";
import { sessionConfig } from "./sections/session.js";
import { hostKeys } from "./sections/sinks.js";
import { uiConfig } from "./sections/ui.js";

/** Decoded, valid and resolved sections → what the rest of the program works with. */
export async function buildConfig(
  root: RootSection,
  place: Pick<Config, "directory" | "file" | "emptyVariables">,
  context: BuildContext,
): Promise<Config> {
  const { storages, credentials } = await buildStorages(root, context);
  return {
    ...place,
    storages,
    environments: buildEnvironments(root),
    credentials,
    edge: await buildEdge(root, context),
    server: buildServer(root, context),
    log: buildLog(root, context),
    cors: {
      enabled: root.cors.enabled,
      allowedOrigins: root.cors.allowed_origins,
      allowedHeaders: root.cors.allowed_headers,
    },
    authentication: await buildAuthentication(root, context),
    authorization: await buildAuthorization(root, context),
    sinks: await buildSinks(root, context),
    templates: { commitMessage: root.templates.commit_message },
    evaluation: { includeFlagMetadata: root.evaluation.include_flag_metadata },
    metrics: { enabled: root.metrics.enabled, requireAuthentication: root.metrics.require_authentication },
    analytics: analyticsConfig(root.analytics, context),
    cache: cacheConfig(root.cache, context),
    telemetry: {
      traces: root.tracing.enabled,
      metrics: root.metrics.enabled && root.metrics.exporter === "otlp",
    },
    ui: uiConfig(root.ui),
    plugins: root.plugins,
    pluginDirectory: root.plugin_directory ? context.resolvePath(root.plugin_directory) : undefined,
    warnings: context.warnings,
  };
}

function buildEnvironments(root: RootSection): ReadonlyMap<string, EnvironmentConfig> {
  return new Map(
    Object.entries(root.environments).map(([id, section]) => {
      const name = section.name || id;
      const directory = cleanDirectory(section.directory);
      const { default: isDefault, max_branches: maxBranches, tests } = section;
      const storage = section.storage.toLowerCase();
      return [name, { id, name, storage, directory, default: isDefault === true, maxBranches, tests }];
    }),
  );
}

function buildServer({ server }: RootSection, { resolvePath }: BuildContext): ServerConfig {
  const https = server.protocol === "https";
  return {
    protocol: https ? "https" : "http",
    host: server.host,
    port: https ? server.https_port : server.http_port,
    certFile: https && server.cert_file ? resolvePath(server.cert_file) : undefined,
    certKey: https && server.cert_key ? resolvePath(server.cert_key) : undefined,
    clientCertificates:
      https && server.client_ca_file
        ? { caFile: resolvePath(server.client_ca_file), required: server.client_auth === "require" }
        : undefined,
    strictTransport: https ? strictTransport(server.hsts) : undefined,
    allowedHosts: server.allowed_hosts,
    basePath: basePath(server),
    admin: adminAddress(server),
    workers: server.workers ?? 1,
    writeQueue: server.write_queue,
    shutdownTimeoutMs: server.shutdown_timeout,
    limits: serverLimits(server.limits),
    git: { enabled: server.git.enabled },
    trustedProxies: server.trusted_proxies.map(networkOf).filter((network) => network !== undefined),
  };
}

function buildLog({ log }: RootSection, { resolvePath }: BuildContext): LogConfig {
  return {
    level: readLevel(log.level) ?? "info",
    encoding: log.encoding,
    file: log.file ? resolvePath(log.file) : undefined,
    keys: log.keys,
    sampling: log.sampling.enabled ? { lines: log.sampling.lines, intervalMs: log.sampling.interval } : undefined,
  };
}

async function buildAuthentication(
  { authentication }: RootSection,
  context: BuildContext,
): Promise<AuthenticationConfig> {
  const { exclude, required } = authentication;
  return {
    required,
    exclude: { evaluation: exclude.evaluation, ofrep: exclude.ofrep },
    session: sessionConfig(authentication.session, context),
    methods: await Promise.all(
      pluginMethods(authentication).map(async ([method, { enabled: _, ...section }]) => {
        const path = `authentication.methods.${method}`;
        const layout = LAYOUTS.authentication.get(method);
        return { method, settings: await settingsOf({ ...section, type: method }, layout, path, context), path };
      }),
    ),
  };
}

async function buildAuthorization(
  { authorization }: RootSection,
  context: BuildContext,
): Promise<AuthorizationConfig | undefined> {
  if (!authorization.required) return undefined;
  const { backend: type } = authorization;
  const layout = LAYOUTS.authorization.get(type);
  const place = layout === undefined ? "authorization.settings" : "authorization";
  const settings = await settingsOf(engineSection(authorization), layout, place, context);
  return { type, settings, path: settingsPath(place, layout), policies: policyPlace(authorization) };
}

async function buildSinks({ sinks }: RootSection, context: BuildContext): Promise<ReadonlyMap<string, SinkConfig>> {
  const built = Object.entries(sinks).map(async ([name, whole]): Promise<SinkConfig> => {
    const { section, ...host } = hostKeys(whole);
    const layout = LAYOUTS.sink.get(section.type);
    const place = `sinks.${name}`;
    const settings = await settingsOf(section, layout, place, context);
    return { name, type: section.type, settings, path: settingsPath(place, layout), ...host };
  });
  return new Map((await Promise.all(built)).map((sink) => [sink.name, sink]));
}
