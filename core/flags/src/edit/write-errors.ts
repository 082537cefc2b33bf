import { VexilError } from "@vexil/plugin-api/errors";
import type { TestFailure } from "../cases/tested-file.js";
import type { Quarantined } from "../compile/snapshot.js";
import type { Fault } from "../read/document.js";
import type { ItemType } from "./change.js";

/** Types as the compatible system's messages name them; the route adds the part before a message that names its type. */
const TYPE_URL: Readonly<Record<ItemType, string>> = { flag: "flipt.core.Flag", segment: "flipt.core.Segment" };

export interface ItemName {
  readonly type: ItemType;
  readonly namespace: string;
  readonly key: string;
}

const path = ({ namespace, key }: ItemName): string => `${namespace}/${key}`;
const resource = (item: ItemName): string => `${TYPE_URL[item.type]}/${path(item)}`;

export const emptyKey = (): VexilError => new VexilError("VEXIL_VALIDATION_REQUEST", "key must not be empty");

export const namespaceExists = (key: string): VexilError => new VexilError("VEXIL_EXISTS", `create namespace "${key}"`);

export const namespaceMissing = (key: string): VexilError =>
  new VexilError("VEXIL_NOT_FOUND", `update namespace "${key}": namespace "${key}" not found`);

export const namespaceProtected = (key: string): VexilError =>
  new VexilError("VEXIL_VALIDATION_REQUEST", `namespace "${key}" is protected`);

export const itemExists = (item: ItemName): VexilError =>
  new VexilError("VEXIL_EXISTS", `create resource "${resource(item)}"`);

export const itemMissing = (item: ItemName): VexilError =>
  new VexilError(
    "VEXIL_NOT_FOUND",
    `update resource "${resource(item)}": getting ${item.type} ${path(item)}: ${item.type} ${path(item)} not found`,
  );

export const itemWithoutNamespace = (item: ItemName): VexilError =>
  new VexilError("VEXIL_NOT_FOUND", `putting ${item.type} ${path(item)}: namespace not found: "${item.namespace}"`);

/** Error for an item that cannot be put. */
export const itemInvalid = (item: ItemName, reason: string): VexilError =>
  new VexilError("VEXIL_VALIDATION_REQUEST", `putting ${item.type} ${path(item)}: ${reason}`);

export const segmentInUse = (segment: ItemName, flag: string, where: string): VexilError =>
  new VexilError(
    "VEXIL_VALIDATION_REQUEST",
    `deleting segment ${path(segment)}: segment "${segment.key}" is in use by flag "${flag}" ${where}`,
  );

/** A file that has faults is not rewritten: the error says where they are. */
export function fileFaulty({
  file,
  line,
  column,
  reason,
}: Pick<Fault | Quarantined, "file" | "line" | "column" | "reason">): VexilError {
  const position = [line, column].filter((part) => part !== undefined).join(":");
  return new VexilError(
    "VEXIL_CONFLICT_FILE_FAULTY",
    `${file}${position === "" ? "" : `:${position}`} has a fault and is not rewritten; correct it first: ${reason}`,
    { details: { file, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) } },
  );
}

/** A file that is to come back from a revision at which it had a fault. */
export function faultyThen({ file, line, column, reason }: Quarantined, revision: string): VexilError {
  const place = [file, line, column].filter((part) => part !== undefined).join(":");
  return new VexilError(
    "VEXIL_CONFLICT_FILE_FAULTY",
    `at revision "${revision}" ${place} had a fault (${reason}); roll back to a revision at which it was good`,
    { details: { file, revision } },
  );
}

/** `<reason> (<file> <line>)`, the file by its name alone. */
export function placedReason({ file, line, reason }: Pick<Fault | Quarantined, "file" | "line" | "reason">): string {
  const name = file.slice(file.lastIndexOf("/") + 1);
  return line === undefined ? `${reason} (${name})` : `${reason} (${name} ${line})`;
}

/** Failures that an error names in its text, and that it carries. */
const NAMED = 3;
const CARRIED = 100;

/** Enforced tests would fail. `details.tests` has the first failures. */
export function testsFail(failures: readonly TestFailure[], omitted: number): VexilError {
  const count = failures.length + omitted;
  const named = failures.slice(0, NAMED).map(({ file, line, column, reason }) => {
    const place = [file, line, column].filter((part) => part !== undefined).join(":");
    return `${place}: ${reason}`;
  });
  const more = count > named.length ? [`and ${count - named.length} more`] : [];
  const tests = failures.slice(0, CARRIED);
  return new VexilError(
    "VEXIL_VALIDATION_TESTS",
    `the tests beside the flags would fail, so nothing was changed: ${[...named, ...more].join("; ")}`,
    { details: { tests } },
  );
}

/** It is not known whether tests pass: there was no time to run them. */
export function testsUnread(file: string): VexilError {
  return new VexilError(
    "VEXIL_UNAVAILABLE_STORAGE",
    `the tests in ${file} could not be run in time, so nothing was changed; try again soon`,
  );
}
