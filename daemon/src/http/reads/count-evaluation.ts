import type { CompiledFlag } from "@vexil/core";
import type { Evaluated } from "./evaluation-json.js";
import type { ReadEnvironment } from "./read-services.js";
import { series, type Tally } from "./tally.js";

/** Counts one evaluation that gave a result. */
export function countResult(
  tally: Tally,
  environment: string,
  namespace: string,
  flag: CompiledFlag,
  result: Pick<Evaluated, "match" | "reason" | "value" | "segmentKeys">,
  durationMs: number,
): void {
  const match = result.match ? "true" : "false";
  const segments = result.segmentKeys.length === 0 ? "" : result.segmentKeys.join(",");
  tally.count(
    series(
      "evaluation_results",
      environment,
      namespace,
      flag.key,
      flag.type,
      match,
      result.reason,
      segments,
      result.value,
    ),
  );
  tally.observe(series("evaluation_latency", environment, namespace), durationMs);
}

/** Counts one evaluation that failed. Unknown names are clients' inventions and no labels. */
export function countError(
  tally: Tally,
  environment: ReadEnvironment,
  namespace: string,
  flag: CompiledFlag | undefined,
): void {
  const known = environment.snapshot?.namespaces.has(namespace) === true ? namespace : "";
  tally.count(series("evaluation_errors", environment.info.key, known, flag?.key ?? ""));
}
