import type { Examination } from "./examination.js";
import { failedStep, type StepResult } from "./report.js";

const MISSING = "push it to the storage's branch: until then nobody may do more than the configuration allows";

/**
 * Looks at the policies of rights that a storage holds.
 * @param read undefined where there is no such file
 */
export async function checkPolicies(
  path: string,
  examination: Examination,
  read: () => Promise<Uint8Array | undefined>,
): Promise<StepResult> {
  try {
    const bytes = await read();
    if (bytes === undefined) return { step: "policies", ok: false, message: `there is no ${path}`, advice: MISSING };
    const warnings = await examination.checkPolicies(bytes);
    return { step: "policies", ok: true, message: path, ...(warnings.length === 0 ? {} : { warnings }) };
  } catch (error) {
    const failed = failedStep("policies", error);
    return { ...failed, message: `${path}: ${failed.message}` };
  }
}
