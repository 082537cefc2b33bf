import { stringify } from "yaml";
import { writeOut } from "../client/write-out.js";
import type { WriteOptions } from "./write-options.js";

/** An item as YAML, without what is empty: `set --file` takes it again. */
export function itemText(payload: object): string {
  return stringify(filled(payload), { lineWidth: 0 });
}

/** Says what was written, and by which commit. */
export function tellWritten(text: string, revision: string, { json }: WriteOptions): void {
  writeOut(json ? `${JSON.stringify({ revision })}\n` : `${text}\ncommit ${revision}\n`);
}

function filled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(filled);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, one]) => one !== "" && !(Array.isArray(one) && one.length === 0));
  return Object.fromEntries(
    entries.map(([key, one]) => [key, key === "metadata" || key === "attachment" ? one : filled(one)]),
  );
}
