import type { Oid } from "@vexil/plugin-api";

/** Outcome of a tests file. */
export interface TestedFile {
  /** Blob id of its content. */
  readonly oid: Oid;
  /** Namespaces that it is for: those beside it, and while it cannot be told which, those that were. */
  readonly namespaces: readonly string[];
  /** The first failures of it, and how many there are besides. */
  readonly failures: readonly TestFailure[];
  readonly omitted: number;
  /** Namespaces that failures are about. */
  readonly failing: ReadonlySet<string>;
  /** Some failures are about all namespaces that it is for. */
  readonly hasUnplaced: boolean;
  /** Not all of it was run, for reasons that may pass: whether its cases pass is not known. */
  readonly unread?: true;
}

/** A case that fails, or the reason why the cases of a tests file cannot be run. */
export interface TestFailure {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  /** Namespaces that it is about. */
  readonly namespaces: readonly string[];
  /** Undefined where the file cannot be used. */
  readonly test?: FailedCase;
  readonly reason: string;
}

/** A case that fails; texts are cut where they are long. */
export interface FailedCase {
  readonly name: string;
  readonly flag: string;
  readonly expected: string;
  readonly got: string;
}

/** Outcome of the tests files of a state. */
export interface SnapshotTests {
  /** Namespaces whose tests fail are not served. */
  readonly enforced: boolean;
  /** By path. */
  readonly files: ReadonlyMap<string, TestedFile>;
  /** Namespaces that are served though their tests fail, or were not run. */
  readonly untrusted: ReadonlySet<string>;
}

/** Outcome of the cases of a file, before it is known which namespaces were beside it. */
export interface RanTests {
  /** Without `namespace`: it is about all that are beside the file. */
  readonly failures: readonly (Omit<TestFailure, "namespaces"> & { readonly namespace: string | undefined })[];
  readonly omitted: number;
  /** Namespaces that failures are about, as far as that can be told. */
  readonly placed: ReadonlySet<string>;
  /** Some failures are about all that are beside the file. */
  readonly hasUnplaced: boolean;
  readonly unread?: true;
}

/**
 * Puts together the outcome of a tests file.
 * @param own namespaces beside it
 * @param before finds those that were
 */
export function testedFile(
  oid: Oid,
  own: readonly string[],
  ran: RanTests,
  before: () => readonly string[],
): TestedFile {
  const { omitted, placed, hasUnplaced, unread } = ran;
  const namespaces = hasUnplaced ? [...new Set([...own, ...before()])] : own;
  const failures = ran.failures.map(({ namespace, ...failure }) => ({
    ...failure,
    namespaces: namespace === undefined ? namespaces : [namespace],
  }));
  const failing = new Set(hasUnplaced ? [...placed, ...namespaces] : placed);
  return { oid, namespaces, failures, omitted, failing, hasUnplaced, ...(unread === undefined ? {} : { unread }) };
}
