import { duration, word } from "@vexil/plugin-api/settings";
import { z } from "zod";
import { LAYOUTS } from "../bundled-layouts.js";
import { bundledTypes } from "../bundled-plugins.js";
import type { SinkFilterConfig } from "../config.js";
import { configError } from "../config-error.js";
import { faultOf, type PluginSection, pluginSection } from "../flipt-layout.js";
import { filter, filterFault } from "./sink-filter.js";

/** A day is plenty, and a year is for ever. */
const LONGEST_MS = 8760 * 3_600_000;
/** Keys of a sink that are the host's. */
const BESIDES = {
  filter,
  from: word("now", "beginning")
    .prefault("now")
    .describe("Where a new sink begins: with what is served, or with the first commit."),
  max_age: duration().prefault("24h").describe("Time that an event is tried to be delivered; then it is put aside."),
};

const sink = pluginSection(
  LAYOUTS.sink,
  "",
  `${bundledTypes("sink").join(", ")}, or the name or specifier of a plugin.`,
  BESIDES,
);

export const sinks = z.record(z.string(), sink).prefault({});

/** The part of a section that is the host's, and the rest, which is the plugin's. */
export function hostKeys({ filter: wanted, from, max_age: maxAgeMs, ...section }: PluginSection): {
  readonly filter: SinkFilterConfig;
  readonly from: "now" | "beginning";
  readonly maxAgeMs: number;
  readonly section: PluginSection;
} {
  const { environments, namespaces, kinds, fields } = (wanted ?? {}) as Partial<SinkFilterConfig>;
  return {
    filter: { environments, namespaces, kinds, fields },
    from: from as "now" | "beginning",
    maxAgeMs: maxAgeMs as number,
    section: section as PluginSection,
  };
}

export function checkSink(name: string, whole: PluginSection): void {
  const fail = (path: readonly string[], message: string): Error =>
    configError(`sinks.${[name, ...path].join(".")}: ${message}`, undefined, ["sinks", name, ...path]);
  // It names files, refs and labels.
  if (!/^[a-z][a-z0-9_-]{0,62}$/.test(name)) throw fail([], "a name has up to 63 of a-z, 0-9, - and _, a letter first");
  const { filter: wanted, maxAgeMs, section } = hostKeys(whole);
  const { type } = section;
  if (type === "")
    throw fail(["type"], `non-empty value is required (${bundledTypes("sink").join(", ")}, or a plugin)`);
  if (maxAgeMs < 1000 || maxAgeMs > LONGEST_MS) throw fail(["max_age"], "it is not between 1s and 8760h");
  const wrong = filterFault(wanted);
  if (wrong !== undefined) throw fail(["filter", wrong[0]], wrong[1]);
  const layout = LAYOUTS.sink.get(type);
  const fault = layout === undefined ? undefined : faultOf(section, layout);
  if (fault !== undefined) throw fail(fault.path, fault.message);
}
