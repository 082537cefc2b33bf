import type { Flag } from "../read/document.js";

/** The first reference of a flag to a segment that is not there: `rule 1 references unknown segment "s"`. */
export function unknownReference(flag: Flag, segments: ReadonlySet<string>): string | undefined {
  for (const { where, segment } of segmentReferences(flag)) {
    if (!segments.has(segment)) return `${where} references unknown segment "${segment}"`;
  }
  return undefined;
}

/** Where a flag uses a segment: `rule 1` or `rollout 1`. */
export function useOf(flag: Flag, segment: string): string | undefined {
  return segmentReferences(flag).find((reference) => reference.segment === segment)?.where;
}

/** The first distribution over a variant that the flag does not have. */
export function unknownVariant(flag: Flag): string | undefined {
  const variants = new Set(flag.variants.map(({ key }) => key));
  for (const [index, rule] of flag.rules.entries()) {
    for (const { variant } of rule.distributions) {
      if (!variants.has(variant)) return `rule ${index + 1} references unknown variant "${variant}"`;
    }
  }
  return undefined;
}

function segmentReferences(flag: Flag): readonly { readonly where: string; readonly segment: string }[] {
  return [
    ...flag.rules.flatMap(({ segments }, index) =>
      segments.map((segment) => ({ where: `rule ${index + 1}`, segment })),
    ),
    ...flag.rollouts.flatMap(({ segment }, index) =>
      (segment?.segments ?? []).map((key) => ({ where: `rollout ${index + 1}`, segment: key })),
    ),
  ];
}
