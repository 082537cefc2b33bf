import { useNavigate, useSearch } from "@tanstack/react-router";
import { useDeferredValue, useMemo, useState } from "react";
import type { FlagFacts } from "../api/flag-facts.js";
import type { Flag } from "../api/types.js";
import { type FlagFilter, filteredFlags } from "./flag-filter.js";

const NONE: readonly Flag[] = [];
const NOTHING: ReadonlyMap<string, FlagFacts> = new Map();

/** The filter of the address, at once where somebody types, and the flags that it leaves. */
export function useFilter(
  flags: readonly Flag[] = NONE,
  facts: ReadonlyMap<string, FlagFacts> = NOTHING,
): {
  filter: FlagFilter;
  found: readonly Flag[];
  set: (filter: FlagFilter) => void;
} {
  const search = useSearch({ from: "/shell/environments/$environment/namespaces/$namespace/flags" });
  const navigate = useNavigate({ from: "/environments/$environment/namespaces/$namespace/flags" });
  const [typed, setTyped] = useState(search.q ?? "");
  const filter = useMemo((): FlagFilter => {
    const { q: _, ...rest } = search;
    return typed === "" ? rest : { ...rest, q: typed };
  }, [search, typed]);
  const deferred = useDeferredValue(filter);
  const found = useMemo(() => filteredFlags(flags, deferred, facts), [flags, deferred, facts]);
  const set = (next: FlagFilter): void => {
    setTyped(next.q ?? "");
    void navigate({ search: next, replace: true });
  };
  return { filter, found, set };
}
