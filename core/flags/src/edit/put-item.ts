import { compileSegment } from "../evaluate/compile-segment.js";
import type { Flag, Segment } from "../read/document.js";
import type { FilesView, ItemType, PutMode } from "./change.js";
import { checkItem } from "./check-item.js";
import { appendDocument, newDocument, newFile } from "./edit-documents.js";
import { appendItem, replaceItem, rewriteItem } from "./edit-items.js";
import type { EditableFile, ListName } from "./editable-file.js";
import { type FoundItem, findItem } from "./find-items.js";
import { storedForm } from "./item-tree.js";
import { newFilePath } from "./namespace-files.js";
import { unknownReference, unknownVariant } from "./references.js";
import { documentsOf, type WorkFiles } from "./work-files.js";
import {
  type ItemName,
  itemExists,
  itemInvalid,
  itemMissing,
  itemWithoutNamespace,
  placedReason,
} from "./write-errors.js";

export const listOf = (type: ItemType): ListName => (type === "flag" ? "flags" : "segments");

/**
 * Creates or replaces a flag or segment.
 * @param mode `back`: what stood there once comes back
 * @param invalid why it cannot be put, as far as that is known already
 */
export async function putItem(
  mode: PutMode | "back",
  name: ItemName,
  asked: Flag | Segment,
  view: FilesView,
  work: WorkFiles,
  invalid?: string,
): Promise<"create" | "update"> {
  // It stood in a file already.
  const item = mode === "back" ? asked : storedForm(asked);
  const places = await findItem(name, work);
  const found = places.at(-1);
  if (mode === "create" && found !== undefined) throw itemExists(name);
  if (mode === "update" && found === undefined) throw itemMissing(name);
  const hasPlace = work.has(name.namespace);
  if (invalid !== undefined && (hasPlace || name.type === "flag")) throw itemInvalid(name, invalid);
  if (!hasPlace) throw itemWithoutNamespace(name);
  // What was once accepted may come back; what is new must mean something.
  if (mode !== "back" && name.type === "segment") checkConstraints(name, item as Segment);
  const target = found ?? (await placeForNew(name, item, view, work));
  const { file, document } = target;
  if (name.type === "flag") await checkReferences(name, item as Flag, target, work);
  if (mode !== "back" && name.type === "flag") checkRollouts(name, item as Flag);
  const place = { document, list: listOf(name.type) };
  const index = found?.index ?? file.documents[document]![place.list].length;
  let edited = found === undefined ? appendItem(file, place, item) : replaceItem(file, place, index, item);
  let faults = checkItem(edited, place, index);
  if (faults.length > 0 && !edited.layout.references) {
    // The item's own style may hold it up; in the plain form only what it says counts.
    const plain = rewriteItem(edited, place, index);
    const left = checkItem(plain, place, index);
    if (left.length === 0) edited = plain;
    faults = left.length === 0 ? [] : faults;
  }
  if (faults.length > 0 && !edited.layout.references) throw itemInvalid(name, faults.map(placedReason).join("\n"));
  work.put(file.path, edited);
  return found === undefined ? "create" : "update";
}

/** A constraint with a value of the wrong kind would drop the segment from every rule. */
function checkConstraints(name: ItemName, segment: Segment): void {
  for (const [index, constraint] of segment.constraints.entries()) {
    if (compileSegment({ ...segment, constraints: [constraint] }) !== undefined) continue;
    throw itemInvalid(
      name,
      `constraints.${index}.value: invalid value ${JSON.stringify(constraint.value)} for ${constraint.operator} of ${constraint.type}`,
    );
  }
}

/** The compatible system writes no empty list, and a rollout's reference to nothing is none. */
function checkRollouts(name: ItemName, flag: Flag): void {
  const index = flag.rollouts.findIndex(({ segment }) => segment?.segments.length === 0);
  if (index >= 0) throw itemInvalid(name, `rollouts.${index}.segment: either key or keys is required`);
}

/** Where a new item goes: to the first document of the namespace's first file that has what it refers to before it. */
async function placeForNew(
  { type, namespace }: ItemName,
  item: Flag | Segment,
  view: FilesView,
  work: WorkFiles,
): Promise<{ readonly file: EditableFile; readonly document: number }> {
  const known = new Set<string>();
  let first: { readonly file: EditableFile; readonly document: number } | undefined;
  for (const path of work.filesOf(namespace)) {
    const file = await work.open(path);
    for (const document of documentsOf(file?.documents ?? [], namespace)) {
      if (file === undefined) continue;
      first ??= { file, document };
      for (const segment of file.documents[document]!.segments) known.add(segment.key);
      if (type === "segment" || unknownReference(item as Flag, known) === undefined) return { file, document };
    }
  }
  return first ?? newNamespaceFile(namespace, view, work);
}

/** `default` is made when something is put there. */
async function newNamespaceFile(
  namespace: string,
  view: FilesView,
  work: WorkFiles,
): Promise<{ readonly file: EditableFile; readonly document: number }> {
  const path = newFilePath(view, namespace);
  const document = newDocument({
    key: namespace,
    name: namespace === "default" ? "Default" : namespace,
    form: "object",
  });
  const existing = await work.open(path);
  const file = existing === undefined ? newFile(path, document) : appendDocument(existing, document);
  return { file, document: file.documents.length - 1 };
}

async function checkReferences(
  name: ItemName,
  flag: Flag,
  target: Pick<FoundItem, "file" | "document">,
  work: WorkFiles,
): Promise<void> {
  const variant = unknownVariant(flag);
  if (variant !== undefined) throw itemInvalid(name, `flag ${name.namespace}/${name.key} ${variant}`);
  const known = new Set<string>();
  for (const path of work.filesOf(name.namespace)) {
    const file = await work.open(path);
    for (const document of documentsOf(file?.documents ?? [], name.namespace)) {
      for (const segment of file?.documents[document]?.segments ?? []) known.add(segment.key);
      if (path === target.file.path && document === target.document) {
        const unknown = unknownReference(flag, known);
        if (unknown !== undefined) throw itemInvalid(name, `flag ${name.namespace}/${name.key} ${unknown}`);
        return;
      }
    }
  }
  const unknown = unknownReference(flag, known);
  if (unknown !== undefined) throw itemInvalid(name, `flag ${name.namespace}/${name.key} ${unknown}`);
}
