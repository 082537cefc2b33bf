import type { SinkPlugin } from "../plugin.js";
import type { SettingsForCase } from "./backend-conformance.js";
import { sinkDeliveryCases } from "./cases/sink-delivery-cases.js";
import { sinkDeclarationCases, sinkLifeCases } from "./cases/sink-life-cases.js";
import { sinkSnapshotCases } from "./cases/sink-snapshot-cases.js";
import { sinkTextCases } from "./cases/sink-text-cases.js";
import type { ConformanceCase } from "./conformance-case.js";
import { explained } from "./explained-failure.js";
import { RecordingLogger } from "./recording-logger.js";
import type { Published, SinkRun } from "./sink-session.js";

export interface SinkConformanceOptions {
  /**
   * Events that have arrived where the settings lead, the oldest first. Without it the cases that look there are skipped.
   * @param settings as this case got them
   */
  readonly arrived?: (settings: unknown) => Promise<readonly unknown[]>;
  /**
   * Of sinks with the capability `snapshots`: what can be read where the settings lead, by environment and namespace. Without
   * it the cases that look there are skipped.
   * @param settings as this case got them
   */
  readonly published?: (settings: unknown) => Promise<Published>;
  /** Texts that must not be seen in any log or error, beside the Secrets of the settings. */
  readonly secrets?: readonly string[];
}

/**
 * Cases that every sink must pass, for any test runner, to be run in their order. What the settings name may be away: what
 * needs it is skipped then.
 * @param settings as the configuration gives them; or a function that gives fresh ones for each case
 * @example
 * for (const { title, run } of sinkConformance(plugin, { path: "events.jsonl" })) test(title, run);
 */
export function sinkConformance(
  plugin: SinkPlugin,
  settings: Readonly<Record<string, unknown>> | SettingsForCase = {},
  options: SinkConformanceOptions = {},
): readonly ConformanceCase[] {
  const run: SinkRun = {
    plugin,
    settings: typeof settings === "function" ? settings : () => settings,
    arrived: options.arrived,
    published: options.published,
    logger: new RecordingLogger(),
    secrets: new Set(options.secrets),
    thrown: [],
  };
  return [
    ...explained(CONTRACT.plugin, sinkDeclarationCases(run)),
    ...explained(CONTRACT.delivery, sinkDeliveryCases(run)),
    ...explained(CONTRACT.texts, sinkTextCases(run)),
    ...(plugin.capabilities.snapshots === true ? explained(CONTRACT.snapshots, sinkSnapshotCases(run)) : []),
    ...explained(CONTRACT.life, sinkLifeCases(run)),
  ];
}

/** Demands, briefly, and where the whole of each stands: comments of this package's types. */
const CONTRACT = {
  plugin:
    "the default export declares kind, apiVersion, name, a schema that names every key it does not know, and a batch from 1 to 1000 (SinkPlugin)",
  delivery:
    "deliver takes up to a batch of events, in order, all or none, leaves them as they are, and may be given them again; it rejects with VEXIL_UNAVAILABLE_SINK or VEXIL_REFUSED_EVENT (Sink)",
  texts: "events hold whatever stands in files of flags: what is made of them is still the same event (SinkEvent)",
  snapshots:
    "publish takes a state in place of the one before, again and again; retain removes what belongs to other environments (Sink, SinkSnapshot)",
  life: "close is idempotent and takes 5 s at most, no call hangs after it, what was delivered stays, and no secret is ever logged or thrown (Sink)",
} as const;
