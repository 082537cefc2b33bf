import type { BackendPlugin } from "../plugin.js";
import type { ConformanceRun } from "./backend-session.js";
import { contentionCases } from "./cases/contention-cases.js";
import { declarationCases } from "./cases/declaration-cases.js";
import { lifeCases } from "./cases/life-cases.js";
import { objectCases } from "./cases/object-cases.js";
import { pruneCases } from "./cases/prune-cases.js";
import { refCases } from "./cases/ref-cases.js";
import { shallowCases } from "./cases/shallow-cases.js";
import { sharingCases } from "./cases/sharing-cases.js";
import { wholeCases } from "./cases/whole-cases.js";
import type { ConformanceCase } from "./conformance-case.js";
import { explained } from "./explained-failure.js";
import { RecordingLogger } from "./recording-logger.js";

export interface ConformanceOptions {
  /** The plugin's main file, for the cases that need a second process. */
  readonly module?: string | URL;
  /** Texts that must not be seen in any log, beside the Secrets of the settings. */
  readonly secrets?: readonly string[];
}

/** Settings of one case; `teardown` takes what removes what they stand for (a directory, a schema). */
export type SettingsForCase = (scope: { teardown(undo: () => unknown): void }) => unknown;

/**
 * Cases that every storage backend must pass, for any test runner.
 * @param settings as the configuration gives them; or a function that gives fresh ones for each case. With the same
 * settings for all cases, the cases share what is stored and keep out of each other's way.
 * @example
 * for (const { title, run } of backendConformance(plugin, {})) test(title, run);
 */
export function backendConformance(
  plugin: BackendPlugin,
  settings: Readonly<Record<string, unknown>> | SettingsForCase = {},
  options: ConformanceOptions = {},
): readonly ConformanceCase[] {
  const run: ConformanceRun = {
    plugin,
    settings: typeof settings === "function" ? settings : () => settings,
    module: options.module === undefined ? undefined : String(options.module),
    logger: new RecordingLogger(),
    secrets: new Set(options.secrets),
  };
  return [
    ...explained(CONTRACT.plugin, declarationCases(run)),
    ...explained(CONTRACT.objects, objectCases(run)),
    ...explained(CONTRACT.refs, refCases(run)),
    ...explained(CONTRACT.shallow, shallowCases(run)),
    ...explained(CONTRACT.prune, pruneCases(run)),
    ...explained(CONTRACT.life, lifeCases(run)),
    ...explained(CONTRACT.contention, contentionCases(run)),
    ...explained(CONTRACT.sharing, sharingCases(run)),
    ...explained(CONTRACT.whole, wholeCases(run)),
  ];
}

/** Demands, briefly, and where the whole of each stands: comments of this package's types. */
const CONTRACT = {
  plugin:
    "the default export declares kind, apiVersion, name, capabilities and a schema that names every key it does not know; an aborted create gives up or finishes within 5 s and leaves nothing in the way (BackendPlugin, BackendContext.signal)",
  objects:
    "write stores whole objects as they were given, never a torn one, and copies what it keeps; read answers exactly those of the ids that are stored, by id; an aborted call rejects (Backend.objects: ObjectStore)",
  refs: "list answers every ref whose full name starts with the prefix, as of the last swap by whomever; compareAndSwap does all updates or, if any old differs, none and answers false (Backend.refs: RefStore)",
  shallow:
    "update adds and removes commits at once, and read answers those that are listed, in a set of the caller's own (Backend.shallow: ShallowList)",
  prune: "only what neither a ref nor a root reaches, and is older than keepNewerThanMs, may go (Backend.prune)",
  life: "closing is idempotent and takes 5 s at most, no call hangs after it, and a durable backend has everything again when it is opened anew (Backend.close, BackendCapabilities.durable)",
  contention:
    "of callers that swap one ref from the same old exactly one wins, across instances and processes if the backend is shared; after a crash objects are whole or absent and refs old or new (Backend.refs, Backend.objects)",
  sharing:
    "of a shared backend watch hints at what others swapped, and at nothing after its signal is aborted; one holder at a time has a lease, until it releases it or has been dead for 5 s; storages of different ids never see each other (Backend.watch, Backend.lease, BackendContext.storage)",
  whole:
    "what comes back is what went in, byte for byte, so that git fsck finds it whole; no secret of the settings is ever logged (Backend, BackendContext.redact)",
} as const;
