import type { ToldEvent } from "../api/event-stream.js";

interface Fault {
  readonly reason?: string;
  readonly line?: number;
  readonly column?: number;
}

/** Sentence for people of an event. */
export function eventWords(event: ToldEvent): string {
  const { kind, before, after, subject = "", reason = "", error } = event;
  switch (kind) {
    case "change": {
      const verb = before === undefined ? "made" : after === undefined ? "deleted" : "changed";
      const members = before !== undefined && after !== undefined ? membersOf(before, after) : "";
      return `${verb}${members === "" ? "" : `: ${members}`}${subject === "" ? "" : ` – ${subject}`}`;
    }
    case "quarantine": {
      const { reason: fault, line, column } = (after ?? {}) as Fault;
      const at = [line, column].filter((part) => part !== undefined).join(":");
      return after === undefined ? "is read again" : `is left out${at === "" ? "" : ` at ${at}`}: ${fault ?? ""}`;
    }
    case "storage":
      return `was ${String(before)}, is ${String(after)}${error === undefined ? "" : `: ${error.message}`}`;
    case "gap":
      return `some changes are not told: ${reason}`;
  }
}

/** Names of the members that differ. */
function membersOf(before: unknown, after: unknown): string {
  if (typeof before !== "object" || typeof after !== "object" || before === null || after === null) return "";
  const [old, now] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  const names = [...new Set([...old.keys(), ...now.keys()])];
  return names.filter((name) => JSON.stringify(old.get(name)) !== JSON.stringify(now.get(name))).join(", ");
}
