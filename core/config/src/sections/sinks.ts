import { duration, list, word } from "@vexil/plugin-api/settings";
import { z } from "zod";
import { bundledTypes, LAYOUTS } from "../bundled-plugins.js";
import type { SinkFilterConfig } from "../config.js";
import { configError } from "../config-error.js";
import { faultOf, type PluginSection, pluginSection } from "../flipt-layout.js";

/** Kinds of events, and the types of what a change is of. */
const KINDS = ["change", "quarantine", "gap", "storage", "flag", "segment", "namespace"] as const;

/** A day is plenty, and a year is for ever. */
const LONGEST_MS = 8760 * 3_600_000;
const NAMES = 100;
const NAME_LENGTH = 256;

const filter = z
  .object({
    environments: list().optional().describe("Environments; `*` stands for any text."),
    namespaces: list().optional().describe("Namespaces; `*` stands for any text."),
    kinds: list()
      .optional()
      .describe(`${KINDS.join(", ")}.`),
    fields: list().optional().describe("Of changes: members of which one has to differ, such as enabled."),
  })
  .optional()
  .describe("Which events it gets. Default: all.");

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
  for (const [key, names] of Object.entries(wanted) as [string, readonly string[] | undefined][]) {
    if (names === undefined) continue;
    if (names.length === 0 || names.length > NAMES) throw fail(["filter", key], `give 1 to ${NAMES} names`);
    const bad = names.find((one) => one === "" || one.length > NAME_LENGTH || (one.match(/\*/g)?.length ?? 0) > 8);
    if (bad !== undefined) {
      throw fail(
        ["filter", key],
        `${JSON.stringify(bad.slice(0, 40))} is empty, longer than ${NAME_LENGTH}, or has more than 8 *`,
      );
    }
  }
  const unknown = wanted.kinds?.find((kind) => !(KINDS as readonly string[]).includes(kind));
  if (unknown !== undefined)
    throw fail(["filter", "kinds"], `${JSON.stringify(unknown)} is none of ${KINDS.join(", ")}`);
  const layout = LAYOUTS.sink.get(type);
  const fault = layout === undefined ? undefined : faultOf(section, layout);
  if (fault !== undefined) throw fail(fault.path, fault.message);
}
