import assert from "node:assert/strict";
import { inspect } from "node:util";
import { type ConformanceCase, conformanceCase } from "../conformance-case.js";
import type { RecordingLogger } from "../recording-logger.js";

/** Everything that a run left behind. */
export interface SecretTraces {
  readonly logger: RecordingLogger;
  readonly thrown: readonly unknown[];
  readonly secrets: ReadonlySet<string>;
}

/** The last case of a kit: it looks at what all before it left behind. */
export function secretCase({ logger, thrown, secrets }: SecretTraces): ConformanceCase {
  return conformanceCase("shows no secret in logs and errors", async () => {
    const seen = `${logger.text()}\n${inspect(thrown, { depth: 12, showHidden: true, maxStringLength: 1e6 })}`;
    for (const secret of secrets) {
      const forms = [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64").replace(/=+$/, "")];
      for (const form of forms) assert.ok(!seen.includes(form), "a secret of the settings was logged or thrown");
    }
  });
}
