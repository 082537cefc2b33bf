import type { Flag, Segment } from "@vexil/flags/read/document";
import { list } from "@vexil/plugin-api/settings";
import { z } from "zod";
import type { SinkFilterConfig } from "../config.js";

/** Kinds of events, and the types of what a change is of. */
export const EVENT_KINDS = ["change", "quarantine", "gap", "storage", "flag", "segment", "namespace"] as const;
/** Members of what changes. */
const FIELD_NAMES: Readonly<Record<keyof Flag | keyof Segment, true>> = {
  key: true,
  name: true,
  type: true,
  description: true,
  enabled: true,
  metadata: true,
  variants: true,
  rules: true,
  rollouts: true,
  matchType: true,
  constraints: true,
};
export const EVENT_FIELDS: readonly string[] = Object.keys(FIELD_NAMES);
const NAMES = 100;
const NAME_LENGTH = 256;
const STARS = 8;

export const filter = z
  .object({
    environments: list().optional().describe("Environments; `*` stands for any text."),
    namespaces: list().optional().describe("Namespaces; `*` stands for any text."),
    kinds: list()
      .optional()
      .describe(`${EVENT_KINDS.join(", ")}.`),
    fields: list().optional().describe("Of changes: members of which one has to differ, such as enabled."),
  })
  .optional()
  .describe("Which events it gets. Default: all.");

/** The first fault of a filter, and the key that has it; undefined: none. */
export function filterFault(wanted: SinkFilterConfig): readonly [key: string, fault: string] | undefined {
  for (const [key, names] of Object.entries(wanted) as [keyof SinkFilterConfig, readonly string[] | undefined][]) {
    if (names === undefined) continue;
    if (names.length === 0 || names.length > NAMES) return [key, `give 1 to ${NAMES} names`];
    for (const name of names) {
      const fault = FAULTS[key](name);
      if (fault !== undefined) return [key, `${JSON.stringify(name.slice(0, 40))} ${fault}`];
    }
  }
  return undefined;
}

const FAULTS: Readonly<Record<keyof SinkFilterConfig, (name: string) => string | undefined>> = {
  environments: patternFault,
  namespaces: (name) =>
    // A regular expression would fit nothing, and nobody would know.
    patternFault(name) ??
    (/^[-_,A-Za-z0-9*]+$/.test(name) ? undefined : "has what no namespace has; only * is special"),
  kinds: (name) => oneOf(name, EVENT_KINDS),
  fields: (name) => oneOf(name, EVENT_FIELDS),
};

function patternFault(name: string): string | undefined {
  const isGood = name !== "" && name.length <= NAME_LENGTH && (name.match(/\*/g)?.length ?? 0) <= STARS;
  return isGood ? undefined : `is empty, longer than ${NAME_LENGTH}, or has more than ${STARS} *`;
}

function oneOf(name: string, names: readonly string[]): string | undefined {
  return names.includes(name) ? undefined : `is none of ${names.join(", ")}`;
}
