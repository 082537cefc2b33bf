import { trace } from "@opentelemetry/api";
import type { CompiledFlag } from "@vexil/flags/evaluate/compiled-flag";
import { EvaluatedFlag } from "../http/reads/evaluated-flag.js";
import type { CreateFlag } from "../http/reads/evaluations.js";
import type { Outcome } from "../http/reads/outcome.js";
import type { Tally } from "../http/reads/tally.js";
import type { RevisionOf } from "../http/request-tracing.js";
import type { RequestSpans } from "./request-spans.js";

/** Reasons as the semantic conventions of feature flags name them. */
const REASONS: Readonly<Record<string, string>> = {
  MATCH_EVALUATION_REASON: "targeting_match",
  DEFAULT_EVALUATION_REASON: "default",
  FLAG_DISABLED_EVALUATION_REASON: "disabled",
};

/** Tells whether a request is under way whose span is kept. */
type KeptRequests = Pick<RequestSpans, "isAnyKept">;

interface Told {
  readonly revisionOf: RevisionOf;
  readonly requests: KeptRequests;
}

/** A flag that tells the span of the request under way of each evaluation. Of the context it tells the entity alone. */
class ToldFlag extends EvaluatedFlag {
  readonly #place: readonly [environment: string, namespace: string];
  readonly #revisionOf: RevisionOf;
  readonly #requests: KeptRequests;

  constructor(flag: CompiledFlag, place: readonly [string, string], tally: Tally, told: Told) {
    super(flag, place, tally);
    this.#place = place;
    this.#revisionOf = told.revisionOf;
    this.#requests = told.requests;
  }

  override evaluate(entityId: string, context: Readonly<Record<string, string>>): Outcome {
    const outcome = super.evaluate(entityId, context);
    // Most of the time nobody wants to know, and an answer may have hundreds of flags.
    if (!this.#requests.isAnyKept) return outcome;
    const span = trace.getActiveSpan();
    if (span?.isRecording() === true) {
      const revision = this.#revisionOf(this.#place[0]);
      span.addEvent("feature_flag.evaluation", {
        "feature_flag.key": this.flag.key,
        "feature_flag.provider.name": "vexil",
        "feature_flag.result.variant": outcome.variant,
        "feature_flag.result.reason": REASONS[outcome.reason] ?? "unknown",
        "feature_flag.context.id": entityId.slice(0, 256),
        "feature_flag.set.id": this.#place.join("/"),
        ...(revision === undefined ? {} : { "feature_flag.version": revision }),
      });
    }
    return outcome;
  }
}

/** Makes flags that tell of their evaluations. */
export function toldFlags(revisionOf: RevisionOf, requests: KeptRequests): CreateFlag {
  const told: Told = { revisionOf, requests };
  return (flag, place, tally) => new ToldFlag(flag, place, tally, told);
}
