import type { Plugin } from "@vexil/plugin-api";
import { provideApiTo } from "@vexil/plugin-api/host/api-fallback";
import type { Clock } from "../model/clock.js";
import { checkPlugin } from "./check-plugin.js";
import type { PluginDeadlines } from "./deadlines.js";
import { guardedCall } from "./guarded-call.js";
import { importPlugin } from "./import-plugin.js";
import type { PluginFault } from "./plugin-context.js";
import { type PluginIdentity, pluginError } from "./plugin-error.js";
import type { PluginKind, ResolvedPlugin } from "./resolve-plugin.js";

/** A plugin and where it came from. */
export interface LoadedPlugin {
  readonly plugin: Plugin;
  readonly source: ResolvedPlugin;
}

export interface LoadOptions {
  /** Its name in the configuration. */
  readonly type: string;
  /** undefined: either kind will do. */
  readonly kind: PluginKind | undefined;
  readonly escaped: (fault: PluginFault) => void;
  readonly deadlines: PluginDeadlines;
  readonly clock: Clock;
}

/** Imports a plugin's main file and checks its default export. */
export async function loadPlugin(source: ResolvedPlugin, options: LoadOptions): Promise<LoadedPlugin> {
  const identity: PluginIdentity = { plugin: options.type, package: source.package };
  const { deadlines, clock } = options;
  await checkNode(source, identity);
  provideApiTo(source.file);
  const loaded = await guardedCall({
    scope: { identity, step: "load", directory: source.directory, escaped: options.escaped },
    call: "its module",
    deadlineMs: deadlines.loadMs,
    clock,
    run: () => importPlugin(source.package, source.file),
  });
  const plugin = checkPlugin(defaultExport(loaded), options.kind, identity);
  return { plugin, source };
}

/** Refuses a package whose `engines.node` leaves this Node out, before any of its code runs. */
async function checkNode({ nodeRange, package: name }: ResolvedPlugin, identity: PluginIdentity): Promise<void> {
  // What comes with Vexil runs where Vexil does.
  if (nodeRange === undefined || name.startsWith("@vexil/")) return;
  const { default: satisfies } = await import("semver/functions/satisfies.js");
  const { node } = process.versions;
  if (satisfies(node, nodeRange, { includePrerelease: true })) return;
  const reason = `its package.json asks for Node ${nodeRange}, and this is Node ${node}`;
  throw pluginError("check", identity, reason, { advice: "install a version of it for this Node, or change the Node" });
}

/** A CommonJS module made from ES syntax has its default export one level down. */
function defaultExport(loaded: Readonly<Record<string, unknown>>): unknown {
  const outer = loaded.default as { __esModule?: unknown; default?: unknown } | undefined;
  return typeof outer === "object" && outer !== null && outer.__esModule === true ? outer.default : outer;
}
