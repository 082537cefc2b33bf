import { type BooleanResult, evaluateBoolean } from "@vexil/flags/evaluate/boolean";
import type { CompiledFlag } from "@vexil/flags/evaluate/compiled-flag";
import { evaluateVariant, type VariantResult } from "@vexil/flags/evaluate/variant";
import { BooleanOutcome, type Outcome, VariantOutcome } from "./outcome.js";
import { type Cell, series, type Tally } from "./tally.js";

type Context = Readonly<Record<string, string>>;

/** Outcomes kept for one flag; those beyond differ in their segments only and are made anew each time. */
const KEPT_OUTCOMES = 32;

/** A flag in its place, with the outcomes it has had. */
export class EvaluatedFlag {
  readonly flag: CompiledFlag;
  readonly isBoolean: boolean;
  readonly #tally: Tally;
  readonly #place: readonly [environment: string, namespace: string];
  readonly #booleans: BooleanOutcome[] = [];
  readonly #variants: VariantOutcome[] = [];

  constructor(flag: CompiledFlag, place: readonly [string, string], tally: Tally) {
    this.flag = flag;
    this.isBoolean = flag.type === "BOOLEAN_FLAG_TYPE";
    this.#place = place;
    this.#tally = tally;
  }

  /** Evaluates, and counts it. */
  evaluate(entityId: string, context: Context): Outcome {
    const outcome = this.isBoolean
      ? this.#boolean(evaluateBoolean(this.flag, entityId, context))
      : this.#variant(evaluateVariant(this.flag, entityId, context));
    outcome.cell.value += 1;
    return outcome;
  }

  countError(): void {
    this.#tally.count(series("evaluation_errors", ...this.#place, this.flag.key));
  }

  /** Short, as `#variant` is: V8 inlines it into `evaluate`, and its making of new outcomes would be too much. */
  #boolean(result: BooleanResult): BooleanOutcome {
    for (const known of this.#booleans) if (known.is(result)) return known;
    return this.#newBoolean(result);
  }

  #variant(result: VariantResult): VariantOutcome {
    for (const known of this.#variants) if (known.is(result)) return known;
    return this.#newVariant(result);
  }

  #newBoolean(result: BooleanResult): BooleanOutcome {
    const match = result.reason === "MATCH_EVALUATION_REASON";
    const isKept = this.#booleans.length < KEPT_OUTCOMES;
    const outcome = new BooleanOutcome(this.flag, result, this.#cell(match, result, String(result.enabled), isKept));
    if (isKept) this.#booleans.push(outcome);
    return outcome;
  }

  #newVariant(result: VariantResult): VariantOutcome {
    const isKept = this.#variants.length < KEPT_OUTCOMES;
    const outcome = new VariantOutcome(this.flag, result, this.#cell(result.match, result, result.variantKey, isKept));
    if (isKept) this.#variants.push(outcome);
    return outcome;
  }

  /** @param isKept otherwise segments are no label: contexts decide how many combinations of them there are */
  #cell(match: boolean, { reason, segmentKeys }: BooleanResult | VariantResult, value: string, isKept: boolean): Cell {
    const { key, type } = this.flag;
    const named = (segments: string): string =>
      series("evaluation_results", ...this.#place, key, type, String(match), reason, segments, value);
    // An evaluation that is not counted would pass for none: flags that are in use would seem to be stale.
    return this.#tally.cell(named(isKept ? segmentKeys.join(",") : ""), named(""));
  }
}
