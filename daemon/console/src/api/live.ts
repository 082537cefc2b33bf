import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { followEvents } from "./event-stream.js";
import { useFeatures } from "./features.js";
import { markChange } from "./fresh-changes.js";
import { namespacesQuery } from "./queries.js";

/** How often the revision is asked for while no stream tells of changes, and while one does. */
const ASK_EVERY_MS = { alone: 2_000, followed: 30_000 };
/** Events of one commit come together; what they touch is read once. */
const GATHER_MS = 50;

/**
 * Keeps what is shown of an environment as it is served. The server's events say that its revision is another one, or it
 * is asked for; what depends on it is read anew.
 */
export function useLive(environment: string): void {
  const queries = useQueryClient();
  const isFollowed = useEvents(environment);
  const refetchInterval = isFollowed ? ASK_EVERY_MS.followed : ASK_EVERY_MS.alone;
  const { data } = useQuery({ ...namespacesQuery(environment), refetchInterval });
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

/** @returns true while the server's events are followed */
function useEvents(environment: string): boolean {
  const queries = useQueryClient();
  const { events } = useFeatures();
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    if (!events) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = followEvents({
      query: { environment },
      onOpen: setOpen,
      onEvent: ({ kind, namespace, type, key }) => {
        if (kind === "change" && namespace !== undefined && type !== undefined && key !== undefined) {
          markChange(environment, namespace, type, key);
        }
        if (kind === "storage" || kind === "quarantine") void queries.invalidateQueries({ queryKey: ["status"] });
        timer ??= setTimeout(() => {
          timer = undefined;
          void queries.invalidateQueries({ queryKey: ["namespaces", environment] });
        }, GATHER_MS);
      },
    });
    return () => {
      clearTimeout(timer);
      setOpen(false);
      stop();
    };
  }, [queries, environment, events]);
  return isOpen;
}
