/** One case as it came out. */
export interface ReportedCase {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly name: string;
  /** Undefined where no namespace has the flag. */
  readonly namespace: string | undefined;
  readonly flag: string;
  /** Demands that are not met; none for a case that passes. */
  readonly failures: readonly string[];
}

/** A reason why cases cannot be run: a file that cannot be used, and where. */
export interface CasesFault {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly reason: string;
}

/** Results of the cases of some directories. With faults, those cases are missing that they keep from running. */
export interface CaseReport {
  readonly cases: readonly ReportedCase[];
  readonly faults: readonly CasesFault[];
}

/** `<file>:<line>:<column>: <reason>` */
export function faultLine({ file, line, column, reason }: CasesFault): string {
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  return `${place}: ${reason}\n`;
}

/** The flag as users name it: `<namespace>/<key>`. */
export function flagName({ namespace, flag }: ReportedCase): string {
  return namespace === undefined ? flag : `${namespace}/${flag}`;
}
