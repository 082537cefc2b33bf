import { toVexilError } from "@vexil/plugin-api/errors";
import { adviceFor, type DoctorStep } from "./advice.js";

/** One thing that was looked at. */
export interface StepResult {
  readonly step: DoctorStep;
  readonly ok: boolean;
  readonly message?: string;
  readonly advice?: string;
  /** Conditions that are no failure, but hardly meant. */
  readonly warnings?: readonly string[];
}

export interface StorageReport {
  readonly id: string;
  readonly ok: boolean;
  /** In the order in which they were tried; the last one may have failed. */
  readonly steps: readonly StepResult[];
}

export interface DoctorReport {
  readonly ok: boolean;
  readonly storages: readonly StorageReport[];
  /** Providers of logins, where there are some. */
  readonly logins?: readonly StorageReport[];
  /** Sinks, where there are some. */
  readonly sinks?: readonly StorageReport[];
  /** Counts of evaluations, where the configuration says where they are. */
  readonly analytics?: StorageReport;
}

export function failedStep(step: DoctorStep, error: unknown): StepResult {
  const { code, message } = toVexilError(error);
  return { step, ok: false, message, advice: adviceFor(code, step) };
}
