import type { Config } from "@vexil/config/config";
import type { Examination } from "./examination.js";
import { failedStep, type StorageReport } from "./report.js";

const ANSWER_MS = 15_000;

/** Makes each sink, asks it whether deliveries could come where they go, and delivers nothing. */
export async function checkSinks(config: Config, examination: Examination): Promise<readonly StorageReport[]> {
  return Promise.all(
    [...config.sinks.values()].map(async (settings): Promise<StorageReport> => {
      const { name: id } = settings;
      try {
        const sink = await examination.openSink(settings);
        try {
          const message =
            (await sink.examine?.({ signal: AbortSignal.timeout(ANSWER_MS) })) ??
            "it was made; whether it can deliver shows when it does";
          return { id, ok: true, steps: [{ step: "sink", ok: true, message }] };
        } finally {
          await sink.close();
        }
      } catch (error) {
        return { id, ok: false, steps: [failedStep("sink", error)] };
      }
    }),
  );
}
