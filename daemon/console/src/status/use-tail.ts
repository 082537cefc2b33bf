import { useEffect, useRef, useState } from "react";
import { wordsOf } from "../api/api-error.js";
import { followEvents, type ToldEvent } from "../api/event-stream.js";
import type { TailFilter } from "./tail-filter.js";

/** An event with its place in the order in which they came. */
export interface TailRow {
  readonly place: number;
  readonly event: ToldEvent;
}

export interface Tail {
  /** Newest first. */
  readonly rows: readonly TailRow[];
  readonly isOpen: boolean;
  /** Why nothing is told; undefined while all is well. */
  readonly fault: string | undefined;
}

/** Rows that are kept: a page that is open for days stays as small. */
const MOST_ROWS = 500;
/** Events of a burst are shown together. */
const GATHER_MS = 100;

/** Follows the events that a filter leaves, from now on. */
export function useTail({ environment, namespace, kind }: TailFilter): Tail {
  const [tail, setTail] = useState<Tail>({ rows: [], isOpen: false, fault: undefined });
  const count = useRef(0);
  useEffect(() => {
    let fresh: TailRow[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = (): void => {
      const added = fresh;
      fresh = [];
      timer = undefined;
      setTail((before) => ({ ...before, rows: [...added, ...before.rows].slice(0, MOST_ROWS) }));
    };
    setTail({ rows: [], isOpen: false, fault: undefined });
    const given = Object.entries({ environment, namespace, kind }).filter(([, value]) => value !== undefined);
    const stop = followEvents({
      query: Object.fromEntries(given) as Record<string, string>,
      onOpen: (isOpen) => setTail((before) => ({ ...before, isOpen, fault: isOpen ? undefined : before.fault })),
      onFault: (error) => setTail((before) => ({ ...before, fault: wordsOf(error) })),
      onEvent: (event) => {
        count.current += 1;
        fresh.unshift({ place: count.current, event });
        if (fresh.length > MOST_ROWS) fresh.length = MOST_ROWS;
        timer ??= setTimeout(show, GATHER_MS);
      },
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [environment, namespace, kind]);
  return tail;
}
