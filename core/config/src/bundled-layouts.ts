import type { SettingsLayout } from "@vexil/plugin-api/settings";
import { bundledTypes, type PluginKind, packageOf } from "./bundled-plugins.js";
import { SETTINGS } from "./bundled-settings.js";

/** The layouts of the bundled plugins' settings, by type. A plugin that is not installed has none. */
export const LAYOUTS: Readonly<Record<PluginKind, ReadonlyMap<string, SettingsLayout>>> = {
  backend: layoutsOf("backend"),
  auth: layoutsOf("auth"),
  authentication: layoutsOf("authentication"),
  authorization: layoutsOf("authorization"),
  sink: layoutsOf("sink"),
};

function layoutsOf(kind: PluginKind): ReadonlyMap<string, SettingsLayout> {
  const all = bundledTypes(kind).map((type) => [type, SETTINGS.get(packageOf(kind, type))] as const);
  return new Map(all.flatMap(([type, layout]) => (layout === undefined ? [] : [[type, layout] as const])));
}
