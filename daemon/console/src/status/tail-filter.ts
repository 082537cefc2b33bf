import type { ToldEvent } from "../api/event-stream.js";
import { eventWords } from "./event-words.js";

/** Events that a tail shows, as the address has it. */
export interface TailFilter {
  readonly environment?: string;
  readonly namespace?: string;
  /** A kind of event, or of what changes. */
  readonly kind?: TailKind;
  /** Words that an event has; the other filters are the server's. */
  readonly text?: string;
}

export const TAIL_KINDS = {
  flag: "Changes of flags",
  segment: "Changes of segments",
  namespace: "Changes of namespaces",
  quarantine: "Quarantined files",
  storage: "States of storages",
  gap: "Gaps",
} as const;
type TailKind = keyof typeof TAIL_KINDS;

const TEXTS = ["environment", "namespace", "text"] as const;

export function readTailFilter(search: Record<string, unknown>): TailFilter {
  const texts = TEXTS.flatMap((name) => {
    const value = search[name];
    return value === undefined || value === "" ? [] : [[name, String(value)] as const];
  });
  const kind = Object.keys(TAIL_KINDS).find((known) => known === search.kind) as TailKind | undefined;
  return { ...Object.fromEntries(texts), ...(kind === undefined ? {} : { kind }) };
}

/** True when an event has every word of a text. */
export function hasWords(event: ToldEvent, text = ""): boolean {
  const words = text.toLowerCase().split(/\s+/);
  const { environment, namespace, storage, kind, type, key, file, actor } = event;
  const own = [environment, namespace, storage, kind, type, key, file, actor, eventWords(event)]
    .join("\n")
    .toLowerCase();
  return words.every((word) => own.includes(word));
}
