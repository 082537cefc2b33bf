import type { Rollout } from "@vexil/flags/read/document";
import { allOf, anyOf, type Condition, isEverybody, isNobody, not } from "../model/condition.js";
import type { SegmentBook } from "../model/segment-book.js";

/** A cell of a boolean flag: so many percent of whom it is about get true. */
export interface BooleanCell {
  readonly when: Condition;
  readonly description: string;
  /** 0 to 100. */
  readonly percent: number;
}

interface Rollouts {
  readonly rollouts: readonly Rollout[];
  /** The flag's own word: for those whom no rollout is about. */
  readonly enabled: boolean;
}

/** A rollout before its segments are made: what turns out to say nothing needs none. */
interface Planned {
  readonly description: string;
  readonly value: boolean;
  /** Of whom; undefined: of a part of everybody. */
  readonly when?: Condition;
  readonly name?: string;
  readonly percentage?: number;
}

/**
 * Cells, of which the first that matches counts and the last is about everybody, as rollouts.
 * @throws NotCarried where their conditions cannot be said by segments
 */
export function booleanRollouts(cells: readonly BooleanCell[], book: SegmentBook, key: string): Rollouts {
  const { planned, enabled } = plan(cells, key);
  // The last ones say nothing where the flag itself says the same.
  const last = planned.findLastIndex(({ when, value }) => when === undefined || value !== enabled);
  const rollouts = planned
    .slice(0, last + 1)
    .flatMap(({ description, value, when, name = key, percentage = 0 }): readonly Rollout[] => {
      if (when === undefined) return [{ description, threshold: { percentage, value } }];
      const reference = book.reference(when, name, name);
      return reference.segments.length === 0 ? [] : [{ description, segment: { ...reference, value } }];
    });
  return { rollouts, enabled };
}

interface Plan {
  readonly planned: readonly Planned[];
  readonly enabled: boolean;
}

function plan(cells: readonly BooleanCell[], key: string): Plan {
  const planned: Planned[] = [];
  for (const [index, { when, description, percent }] of cells.entries()) {
    if (isNobody(when)) continue;
    const isPart = percent > 0 && percent < 100;
    if (isEverybody(when)) {
      if (isPart) planned.push({ description, value: true, percentage: percent });
      return { planned, enabled: percent === 100 };
    }
    if (isPart) {
      const cut = cutByShares(cells.slice(index), key);
      return { planned: [...planned, ...cut.planned], enabled: cut.enabled };
    }
    planned.push({ description, value: percent === 100, when, name: `${key}-${index + 1}` });
  }
  return { planned, enabled: false };
}

/**
 * A threshold is about everybody, never about a segment. But all thresholds of a flag cut alike: whoever is below 20 %
 * is below 50 %, too. So the shares go up, and after each those leave for whom it was the last one.
 */
function cutByShares(cells: readonly BooleanCell[], key: string): Plan {
  const planned: Planned[] = [];
  const levels = [...new Set(cells.map(({ percent }) => percent))].sort((one, other) => one - other);
  for (const [index, level] of levels.entries()) {
    if (level === 100) return { planned, enabled: true };
    if (level > 0) {
      const description = cells.find(({ percent }) => percent === level)?.description ?? "";
      planned.push({ description, value: true, percentage: level });
    }
    if (index === levels.length - 1) break;
    const name = `${key}-${level === 0 ? "nobody-else" : `only-${level}`.replace(".", "-")}`;
    planned.push({ description: "", value: false, when: regionOf(cells, level), name });
  }
  return { planned, enabled: false };
}

/** Those of whom the first cell that matches has this share; whoever has a smaller one is gone already. */
function regionOf(cells: readonly BooleanCell[], level: number): Condition {
  return anyOf(
    cells.flatMap(({ when, percent }, index) => {
      if (percent !== level) return [];
      const before = cells.slice(0, index).filter((other) => other.percent > level);
      return [allOf([when, ...before.map((other) => not(other.when))])];
    }),
  );
}
