import type { Flag } from "@vexil/flags/read/document";
import { EVERYBODY } from "../model/condition.js";
import type { Report } from "../model/report.js";
import type { SegmentBook } from "../model/segment-book.js";
import type { SourceFlag } from "../model/source-flag.js";
import { type BooleanCell, booleanRollouts } from "./boolean-rollouts.js";
import { type Cell, cellsOf, onlyPart } from "./cells.js";
import { isBooleanFlag, oneLine, planVariants, variantNamed } from "./plan-variants.js";

/**
 * A flag as this system has it; its segments go into the book.
 * @param key its key here
 * @throws NotCarried where its rules cannot be said
 */
export function lowerFlag(flag: SourceFlag, key: string, book: SegmentBook, report: Report): Flag {
  const cells = cellsOf(flag);
  const { where } = flag;
  if (flag.enabled && cells.some(({ parts }) => parts.size > 1)) {
    const why = "each system cuts its users by a hash of its own";
    report.add({
      kind: "changed",
      where,
      what: "percentages",
      why,
      done: "as many get each value, but others than before",
    });
  }
  if (flag.off === undefined && !flag.enabled) {
    const why = "a flag that is off gives something here; there the application's own default counted";
    report.add({ kind: "changed", where, what: "off", why, done: "it gives its default variant, or false" });
  }
  return isBooleanFlag(flag) ? lowerBoolean(flag, key, cells, book) : lowerVariant(flag, key, cells, book, report);
}

function lowerBoolean(flag: SourceFlag, key: string, cells: readonly Cell[], book: SegmentBook): Flag {
  const isTrue = (name: string): boolean => variantNamed(flag, name)?.value === true;
  const off = flag.off !== undefined && isTrue(flag.off);
  const shares = cells.map(({ when, description, parts }): BooleanCell => {
    const percents = [...parts].filter(([name]) => isTrue(name)).map(([, percent]) => percent);
    return { when, description, percent: percents.reduce((sum, one) => sum + one, 0) };
  });
  const [only] = shares;
  const isPlain = shares.length === 1 && (only?.percent === 0 || only?.percent === 100);
  const stopped = !flag.enabled || flag.isPartial;
  if (stopped && isPlain) return { ...headOf(flag, key), type: "BOOLEAN_FLAG_TYPE", enabled: off };
  const { rollouts, enabled } = booleanRollouts(shares, book, key);
  if (!stopped) return { ...headOf(flag, key), type: "BOOLEAN_FLAG_TYPE", enabled, rollouts };
  // Rollouts go before what a flag says of itself, so one of them is its switch.
  const segment = { ...book.reference(EVERYBODY, "everybody", "Everybody"), value: off };
  const stop = { description: "Off: it is on without this first rollout", segment };
  return {
    ...headOf(flag, key),
    type: "BOOLEAN_FLAG_TYPE",
    enabled,
    rollouts: [stop, ...rollouts],
  };
}

function lowerVariant(flag: SourceFlag, key: string, cells: readonly Cell[], book: SegmentBook, report: Report): Flag {
  const { variants, keys } = planVariants(flag, report);
  const last = cells.at(-1)?.parts ?? new Map<string, number>();
  const fallback = flag.off ?? onlyPart(last);
  const isNeedless = fallback !== undefined && onlyPart(last) === fallback;
  const rules = (isNeedless ? cells.slice(0, -1) : cells).flatMap(({ when, parts }, index) => {
    // A last cell that nobody has a part of gives nothing.
    if (parts.size === 0) return [];
    const reference = book.reference(when, `${key}-${index + 1}`, `${key}-${index + 1}`);
    const distributions = [...parts].map(([name, rollout]) => ({ variant: keys.get(name) ?? name, rollout }));
    return reference.segments.length === 0 ? [] : [{ ...reference, distributions }];
  });
  return {
    ...headOf(flag, key),
    type: "VARIANT_FLAG_TYPE",
    enabled: flag.enabled && !flag.isPartial,
    variants: variants.map((variant) => ({ ...variant, default: variant.key === keys.get(fallback ?? "") })),
    rules,
  };
}

function headOf(flag: SourceFlag, key: string): Omit<Flag, "type" | "enabled"> {
  const { description, metadata } = flag;
  return {
    key,
    name: oneLine(flag.name) || key,
    description,
    ...(metadata === undefined || Object.keys(metadata).length === 0 ? {} : { metadata }),
    variants: [],
    rules: [],
    rollouts: [],
  };
}
