import type { Config } from "@vexil/config/config";
import { ANSWER_MS, askPrometheus } from "../analytics/ask-prometheus.js";
import { canWorkIn } from "./check-directory.js";
import { failedStep, type StepResult, type StorageReport } from "./report.js";

const COUNTED = "flipt_evaluations_requests_total";
const LOOKED_BACK_S = 3600;

/** Looks whether counts of evaluations can be kept where the configuration says, and whether Prometheus has them. */
export async function checkAnalytics({ analytics }: Config): Promise<StorageReport | undefined> {
  const steps: StepResult[] = [];
  if (analytics?.counts === true && analytics.path !== undefined) steps.push(canWorkIn(analytics.path, "counts"));
  if (analytics?.prometheus !== undefined) steps.push(await checkPrometheus(analytics.prometheus));
  return steps.length === 0 ? undefined : { id: "analytics", ok: steps.every(({ ok }) => ok), steps };
}

async function checkPrometheus(
  config: NonNullable<NonNullable<Config["analytics"]>["prometheus"]>,
): Promise<StepResult> {
  const end = Math.floor(Date.now() / 1000);
  const body = new URLSearchParams({
    query: `count(${COUNTED})`,
    start: String(end - LOOKED_BACK_S),
    end: String(end),
    step: "60",
  });
  try {
    const answer = (await askPrometheus(config, body, AbortSignal.timeout(ANSWER_MS))) as {
      readonly data?: { readonly result?: readonly unknown[] };
    } | null;
    const result: StepResult = { step: "prometheus", ok: true, message: `${new URL(config.url).origin} answers` };
    if ((answer?.data?.result?.length ?? 0) > 0) return result;
    const warning = `it has no ${COUNTED} of the last hour: let it scrape /metrics of the daemons`;
    return { ...result, warnings: [warning] };
  } catch (error) {
    return failedStep("prometheus", error);
  }
}
