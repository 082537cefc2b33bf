import type { FlagCase } from "../cases/flag-case.js";
import type { NamespaceSnapshot } from "../compile/snapshot.js";
import { type CaseFailure, runCase } from "./run-case.js";

export interface CaseResult {
  readonly case: FlagCase;
  /** The namespace that the flag was looked for in, as far as there is one. */
  readonly namespace: string | undefined;
  /** Demands that are not met; none for a case that passes. */
  readonly failures: readonly CaseFailure[];
  /** The case is certainly about that namespace: it names it, or no other has the flag. */
  readonly isPlaced: boolean;
}

/**
 * Runs cases against namespaces. Yields where others may have their turn.
 * @param own keys of the namespaces that the tests file is for
 */
export function* runCases(
  cases: readonly FlagCase[],
  namespaces: ReadonlyMap<string, NamespaceSnapshot>,
  own: readonly string[],
): Generator<void, readonly CaseResult[]> {
  const results: CaseResult[] = [];
  for (const one of cases) {
    yield;
    const found = placeOf(one, namespaces, own);
    if ("reason" in found) {
      const failures = [failure(one, found.reason)];
      results.push({ case: one, namespace: one.namespace, failures, isPlaced: false });
      continue;
    }
    const { namespace } = found;
    const flag = namespaces.get(namespace)?.flags.get(one.flag);
    const failures =
      flag === undefined ? [failure(one, `there is no flag ${namespace}/${one.flag}`)] : yield* runCase(flag, one);
    const isPlaced = flag !== undefined || one.namespace !== undefined;
    results.push({ case: one, namespace, failures, isPlaced });
  }
  return results;
}

function failure({ namespace, flag }: FlagCase, reason: string): CaseFailure {
  return { text: reason, expected: `flag ${namespace === undefined ? flag : `${namespace}/${flag}`}`, got: reason };
}

function placeOf(
  { namespace, flag }: FlagCase,
  namespaces: ReadonlyMap<string, NamespaceSnapshot>,
  own: readonly string[],
): { readonly namespace: string } | { readonly reason: string } {
  if (namespace !== undefined) {
    if (own.includes(namespace)) return { namespace };
    return { reason: `namespace ${namespace} is not one of the features file beside the tests: ${listed(own)}` };
  }
  const having = own.filter((key) => namespaces.get(key)?.flags.has(flag));
  const [first] = having;
  if (first !== undefined && having.length === 1) return { namespace: first };
  if (first !== undefined) return { reason: `flag ${flag} is in several namespaces, so name one: ${listed(having)}` };
  return own.length === 1 ? { namespace: own[0] ?? "" } : { reason: `there is no flag ${flag} in ${listed(own)}` };
}

function listed(keys: readonly string[]): string {
  return keys.length === 0 ? "none" : keys.join(", ");
}
