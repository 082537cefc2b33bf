import { type ErrorCode, VexilError } from "@vexil/plugin-api/errors";
import type { ItemChange } from "./change.js";

/** A reason for which one of several changes cannot be made. */
export interface ChangeFault {
  /** Its place in the list, from 0. */
  readonly change: number;
  /** `flag shop/banner`, `namespace shop` */
  readonly resource: string;
  readonly code: ErrorCode;
  readonly reason: string;
}

/** Faults that an error names in its text, and that it carries. */
const NAMED = 3;
export const MOST_CHANGE_FAULTS = 100;

/** The subject of a change, in words. */
export function resourceText(change: ItemChange): string {
  const { type, key } = change;
  if (type === "put-namespace" || type === "delete-namespace") return `namespace ${key}`;
  return `${type === "put-flag" || type === "delete-flag" ? "flag" : "segment"} ${change.namespace}/${key}`;
}

/**
 * Several changes of which some cannot be made. The code is that of the first one; `details.changes` has them all, up to
 * {@link MOST_CHANGE_FAULTS}.
 * @param of how many changes there are
 */
export function changesRefused(faults: readonly ChangeFault[], of: number): VexilError {
  const [first] = faults;
  const count = faults.length < MOST_CHANGE_FAULTS ? String(faults.length) : `at least ${faults.length}`;
  const named = faults
    .slice(0, NAMED)
    .map(({ change, resource, reason }) => `changes.${change} (${resource}): ${reason}`);
  const more = faults.length > NAMED ? [`and ${faults.length - NAMED} more`] : [];
  return new VexilError(
    first?.code ?? "VEXIL_VALIDATION_REQUEST",
    `${count} of ${of} changes cannot be made, so nothing was changed: ${[...named, ...more].join("; ")}`,
    { details: { changes: faults } },
  );
}
