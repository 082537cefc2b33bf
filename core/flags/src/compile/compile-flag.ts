import type { CompiledFlag, CompiledRollout, CompiledRule, CompiledSegment } from "../evaluate/compiled-flag.js";
import { mapped, NOTHING, sharedCuts } from "../evaluate/shared-lists.js";
import { canonicalJson } from "../read/canonical-json.js";
import type { Flag, Variant } from "../read/document.js";
import type { ValuePath } from "../read/source-document.js";
import { cutPoints } from "./cut-points.js";
import type { SegmentScope } from "./segment-scope.js";

/** A reference that leads nowhere; `path` is seen from the flag. */
export interface ReferenceFault {
  readonly path: ValuePath;
  readonly reason: string;
}

/** A flag prepared for evaluation. Its faults are added to `faults`; the flag is then not to be served. */
export function compileFlag(
  namespace: string,
  flag: Flag,
  scope: SegmentScope,
  faults: ReferenceFault[],
): CompiledFlag {
  const chosen = flag.variants.findLast((variant) => variant.default);
  const name = `flag ${namespace}/${flag.key}`;
  return {
    key: flag.key,
    type: flag.type,
    enabled: flag.enabled,
    name: flag.name,
    description: flag.description,
    metadata: flag.metadata,
    defaultVariant:
      chosen === undefined
        ? undefined
        : {
            key: chosen.key,
            name: chosen.name,
            description: chosen.description,
            attachment: attachmentText(chosen),
          },
    rules: mapped(flag.rules, (rule, index): CompiledRule => {
      const path = ["rules", index];
      const segments = resolve(rule.segments, `${name} rule ${index + 1}`, path, scope, faults);
      for (const [at, { variant }] of rule.distributions.entries()) {
        if (flag.variants.some(({ key }) => key === variant)) continue;
        const reason = `${name} rule ${index + 1} references unknown variant ${JSON.stringify(variant)}`;
        faults.push({ path: [...path, "distributions", at, "variant"], reason });
      }
      const { cuts: own, chosen: distributions } = cutPoints(rule.distributions);
      const variants = distributions.map(({ variant: key }) => ({
        key,
        attachment: attachmentText(flag.variants.find((variant) => variant.key === key)),
      }));
      return { segments, and: rule.segmentOperator === "AND_SEGMENT_OPERATOR", cuts: sharedCuts(own), variants };
    }),
    rollouts: exact(
      flag.rollouts.flatMap(({ segment, threshold }, index): CompiledRollout[] => {
        if (threshold !== undefined) {
          const { percentage, value } = threshold;
          return [{ type: "threshold", percentage: Math.fround(percentage), value }];
        }
        if (segment === undefined) return [];
        const segments = resolve(segment.segments, `${name} rule ${index + 1}`, ["rollouts", index], scope, faults);
        return [
          { type: "segment", segments, and: segment.segmentOperator === "AND_SEGMENT_OPERATOR", value: segment.value },
        ];
      }),
    ),
  };
}

/** JSON text of a variant's attachment; `null` for one without. */
export function attachmentText(variant: Variant | undefined): string {
  return variant?.attachment === undefined ? "null" : canonicalJson(variant.attachment);
}

/** A list without the room that one has which has grown. */
function exact<T>(list: readonly T[]): readonly T[] {
  return list.length === 0 ? NOTHING : list.slice();
}

/** The distinct usable segments of a rule or rollout. */
function resolve(
  keys: readonly string[],
  name: string,
  path: ValuePath,
  scope: SegmentScope,
  faults: ReferenceFault[],
): readonly CompiledSegment[] {
  const [only, ...others] = keys;
  const alone = only === undefined || others.length > 0 ? undefined : scope.find(only)?.alone;
  if (alone !== undefined) return alone.compiled;
  const found = new Map<string, CompiledSegment>();
  for (const key of keys) {
    const scoped = scope.find(key);
    if (scoped === undefined) {
      faults.push({ path: [...path, "segment"], reason: `${name} references unknown segment ${JSON.stringify(key)}` });
    } else if (scoped.compiled !== undefined) {
      found.set(key, scoped.compiled);
    }
  }
  return [...found.values()];
}
