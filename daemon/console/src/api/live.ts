import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { namespacesQuery } from "./queries.js";

const ASK_EVERY_MS = 2_000;

/** Keeps what is shown of an environment as it is served: its revision is asked for, and what depends on it read anew. */
export function useLive(environment: string): void {
  const queries = useQueryClient();
  const { data } = useQuery({ ...namespacesQuery(environment), refetchInterval: ASK_EVERY_MS });
  const shown = useRef<{ environment: string; revision: string } | undefined>(undefined);
  const revision = data?.revision;
  useEffect(() => {
    if (revision === undefined) return;
    const before = shown.current;
    shown.current = { environment, revision };
    if (before?.environment !== environment || before.revision === revision) return;
    for (const what of ["flags", "segments", "history"]) {
      void queries.invalidateQueries({ queryKey: [what, environment] });
    }
  }, [queries, environment, revision]);
}
