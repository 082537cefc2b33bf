import type { NamespaceSnapshot } from "../compile/snapshot.js";
import type { FlagCase } from "./flag-case.js";
import { runCase } from "./run-case.js";

export interface CaseResult {
  readonly case: FlagCase;
  /** The namespace that the flag was looked for in, as far as there is one. */
  readonly namespace: string | undefined;
  /** Demands that are not met; none for a case that passes. */
  readonly failures: readonly string[];
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
    if ("failure" in found) results.push({ case: one, namespace: one.namespace, failures: [found.failure] });
    else {
      const flag = namespaces.get(found.namespace)?.flags.get(one.flag);
      const failures =
        flag === undefined ? [`there is no flag ${found.namespace}/${one.flag}`] : yield* runCase(flag, one);
      results.push({ case: one, namespace: found.namespace, failures });
    }
  }
  return results;
}

function placeOf(
  { namespace, flag }: FlagCase,
  namespaces: ReadonlyMap<string, NamespaceSnapshot>,
  own: readonly string[],
): { readonly namespace: string } | { readonly failure: string } {
  if (namespace !== undefined) {
    if (own.includes(namespace)) return { namespace };
    return { failure: `namespace ${namespace} is not one of the features file beside the tests: ${listed(own)}` };
  }
  const having = own.filter((key) => namespaces.get(key)?.flags.has(flag));
  const [first] = having;
  if (first !== undefined && having.length === 1) return { namespace: first };
  if (first !== undefined) return { failure: `flag ${flag} is in several namespaces, so name one: ${listed(having)}` };
  return own.length === 1 ? { namespace: own[0] ?? "" } : { failure: `there is no flag ${flag} in ${listed(own)}` };
}

function listed(keys: readonly string[]): string {
  return keys.length === 0 ? "none" : keys.join(", ");
}
