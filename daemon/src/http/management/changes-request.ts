import type { ItemChange } from "@vexil/flags/edit/change";
import { type ChangeFault, changesRefused, MOST_CHANGE_FAULTS } from "@vexil/flags/edit/changes-refused";
import { VexilError } from "@vexil/plugin-api/errors";
import { Message } from "../message.js";
import type { Place } from "../route.js";
import { resourceRequest } from "./resource-request.js";
import { resourceType, unwritableType } from "./resource-type.js";

/** Changes of one request: they are one commit, and other writes wait for it. */
export const MOST_CHANGES = 5_000;
export const CHANGE_KINDS = ["put", "create", "update", "delete"] as const;
export const NAMESPACE_TYPE = "flipt.core.Namespace";

/**
 * Reads the changes of a request: `{"changes": [{"change", "namespaceKey", "key", "payload" or "type"}]}`.
 * @throws VexilError VEXIL_VALIDATION_REQUEST with the place of each that cannot be read, VEXIL_VALIDATION_ITEMS
 */
export function changesRequest(message: Message): readonly ItemChange[] {
  const list = message.list("changes");
  if (list.length === 0) throw new VexilError("VEXIL_VALIDATION_REQUEST", "changes must not be empty");
  if (list.length > MOST_CHANGES) {
    throw new VexilError("VEXIL_VALIDATION_ITEMS", `changes: more than ${MOST_CHANGES}; send less at once`);
  }
  const faults: ChangeFault[] = [];
  const changes: ItemChange[] = [];
  for (const [index, item] of list.entries()) {
    try {
      changes.push(readChange(new Message(item)));
    } catch (error) {
      if (!VexilError.is(error)) throw error;
      const { code, message: reason } = error;
      faults.push({ change: index, resource: nameOf(item), code, reason });
      if (faults.length >= MOST_CHANGE_FAULTS) break;
    }
  }
  if (faults.length > 0) throw changesRefused(faults, list.length);
  return changes;
}

function readChange(message: Message): ItemChange {
  const kind = message.enumeration("change", CHANGE_KINDS);
  const key = message.string("key");
  const typeName = shortName(typeOf(message, kind) ?? "");
  if (typeName === NAMESPACE_TYPE) {
    if (kind === "delete") return { type: "delete-namespace", key };
    const payload = message.message("payload");
    const [name, description] = [payload?.optionalString("name"), payload?.optionalString("description")];
    return { type: "put-namespace", mode: kind, key, name, description };
  }
  const namespace = message.string("namespaceKey");
  if (namespace === "") throw new VexilError("VEXIL_VALIDATION_REQUEST", "namespaceKey must not be empty");
  if (kind !== "delete") return resourceRequest({ message, namespace, mode: kind }, unwritableType).change;
  const type = resourceType(typeName);
  if (type === undefined) throw unwritableType(typeName);
  return { type: type === "flag" ? "delete-flag" : "delete-segment", namespace, key };
}

/** A thing that is put says its type itself, one that goes is named with it. */
function typeOf(message: Message, kind: (typeof CHANGE_KINDS)[number]): string | undefined {
  if (kind === "delete") return message.optionalString("type");
  const type = message.message("payload")?.raw("@type");
  return typeof type === "string" ? type : undefined;
}

const shortName = (typeUrl: string): string => typeUrl.slice(typeUrl.lastIndexOf("/") + 1);

/**
 * Where the changes of a request need rights, each place once. Whatever cannot be read is taken for a change of the whole
 * environment: who may not make that is not told what is wrong with it.
 */
export function changedPlaces(message: Message, environment: string): readonly Place[] {
  const places = new Map<string, Place>();
  const add = (namespace: string | undefined, change: Place["change"]): void => {
    places.set(JSON.stringify([namespace, change]), { environment, namespace, change });
  };
  const list = message.raw("changes");
  for (const item of Array.isArray(list) ? list.slice(0, MOST_CHANGES) : []) {
    const [namespace, kind] = placeOf(item);
    // Whether there is something to be replaced is known once it is replaced.
    for (const change of kind === "put" ? (["create", "update"] as const) : [kind]) add(namespace, change);
  }
  if (places.size === 0) add(undefined, undefined);
  return [...places.values()];
}

function placeOf(item: unknown): readonly [string | undefined, (typeof CHANGE_KINDS)[number] | undefined] {
  try {
    const message = new Message(item);
    const kind = message.enumeration("change", CHANGE_KINDS);
    const isNamespace = shortName(typeOf(message, kind) ?? "") === NAMESPACE_TYPE;
    const key = message.string(isNamespace ? "key" : "namespaceKey");
    return key === "" ? [undefined, undefined] : [key, kind];
  } catch {
    return [undefined, undefined];
  }
}

/** A change that cannot be read, as far as it says what it is about. */
function nameOf(item: unknown): string {
  const { namespaceKey, namespace_key: snake, key } = (item ?? {}) as Readonly<Record<string, unknown>>;
  return [namespaceKey ?? snake, key].filter((part) => typeof part === "string").join("/") || "unnamed";
}
