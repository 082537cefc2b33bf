import { boolean, later, list, text } from "@vexil/plugin-api/settings";
import { z } from "zod";
import { analytics } from "./analytics.js";
import { authentication } from "./authentication.js";
import { authorization } from "./authorization.js";
import { cache } from "./cache.js";
import { cors } from "./cors.js";
import { credentials } from "./credentials.js";
import { edge } from "./edge.js";
import { environments } from "./environments.js";
import { history } from "./history.js";
import { log } from "./log.js";
import { secrets } from "./secrets.js";
import { server } from "./server.js";
import { sinks } from "./sinks.js";
import { storages } from "./storage.js";
import { ui } from "./ui.js";

const templates = z
  .object({
    commit_message: text().optional().describe("Go template of commit messages."),
    proposal_title: later("Proposals are not supported yet."),
    proposal_body: later("Proposals are not supported yet."),
  })
  .prefault({});

const metrics = z
  .object({
    enabled: boolean().prefault(true),
    require_authentication: boolean().prefault(false).describe("GET /metrics wants a token."),
    exporter: text().prefault("prometheus").describe("prometheus, or otlp: sent as OTEL_* variables say."),
    otlp: later("Variables OTEL_EXPORTER_OTLP_… say where to."),
  })
  .prefault({});

const tracing = z
  .object({
    enabled: boolean().prefault(false).describe("Traces are sent as OTEL_* variables say."),
    exporter: later("Traces are sent by OTLP; OTEL_EXPORTER_OTLP_PROTOCOL says how."),
    sampling_ratio: later("OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG say what is sampled."),
    propagators: later("OTEL_PROPAGATORS names them."),
    otlp: later("Variables OTEL_EXPORTER_OTLP_… say where to."),
  })
  .prefault({});

const evaluation = z.object({ include_flag_metadata: boolean().prefault(false) }).prefault({});

/** The whole configuration. One schema gives decoding, variables, messages, the JSON Schema and `vexil config`. */
export const root = z.object({
  version: text().optional().describe('"2.0", or left out.'),
  storage: storages.describe("Git repositories, by id."),
  environments: environments.describe("What is served of them, by id."),
  credentials: credentials.describe("What remotes ask for, by id."),
  edge: edge.describe("Serve what another Vexil serves."),
  server: server.describe("Where to listen."),
  log: log.describe("What to log, and how."),
  history: history.describe("What is known of the past."),
  cache: cache.describe("What makes the next start faster."),
  cors: cors.describe("Requests of browsers from other origins."),
  authentication: authentication.describe("Who may use the API."),
  authorization: authorization.describe("Who may do what."),
  sinks: sinks.describe("Who is told what happened, by name."),
  templates: templates.describe("Texts of commits."),
  secrets: secrets.describe("Where references ${secret:…} are read from."),
  metrics: metrics.describe("GET /metrics, and metrics by OpenTelemetry."),
  analytics: analytics.describe("How often flags are evaluated."),
  evaluation: evaluation.describe("What evaluations answer."),
  ui: ui.describe("The web console."),
  plugins: list().prefault([]).describe("Specifiers of plugins to load beside those named by `type`."),
  plugin_directory: text().optional().describe("Where specifiers are looked for after this file's own directory."),
  tracing: tracing.describe("Traces by OpenTelemetry."),
  diagnostics: later("Profiling is not served."),
  meta: later("Nothing is sent anywhere, and there is no update check."),
  license: later("No license is needed."),
  experimental: later("Experiments of the compatible system have no effect."),
});

export type RootSection = z.output<typeof root>;
