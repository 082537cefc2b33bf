import { goodDocuments, sourcesDiffer } from "@vexil/flags/compile/past-states";
import type { FeaturesDocument } from "@vexil/flags/read/document";
import { TimeSlice } from "@vexil/plugin-api/time-slice";
import type { HistoryChange } from "../../model/engine.js";
import { changedPaths } from "../state/known-heads.js";
import type { CommitLine } from "./commit-line.js";
import type { PastNamespaces } from "./past-namespaces.js";

/** Changes of a commit, as far as they could be read in time. */
export interface CommitChanges {
  readonly changes: readonly HistoryChange[];
  /** Some files were not read: there may be more. */
  readonly isCut: boolean;
}

const NONE: CommitChanges = { changes: [], isCut: false };

/**
 * Compares what was served before and after a commit of the line: a namespace that it left faulty stayed as it was, and
 * one that it repaired is compared with what was served until then.
 */
export async function changesAt(index: number, line: CommitLine, past: PastNamespaces): Promise<CommitChanges> {
  const [commit, parent] = [await line.at(index), await line.at(index + 1)];
  // Where the stored past ends, what a commit changed cannot be told apart from what was there before.
  if (typeof commit === "string" || parent === "unknown") return NONE;
  const table = parent === "root" ? new Map<string, string>() : await past.files(parent);
  if (changedPaths(table, await past.files(commit)).size === 0) return NONE;
  const [now, then] = [await past.at(index), await past.at(index + 1)];
  if (now === undefined || then === undefined) return NONE;
  const after = new Map<string, readonly FeaturesDocument[]>();
  const before = new Map<string, readonly FeaturesDocument[]>();
  const faulty = new Set<string>();
  const slice = new TimeSlice();
  for (const key of new Set([...then.keys(), ...now.keys()])) {
    if (slice.due) await slice.next();
    const [old, current] = [then.get(key), now.get(key)];
    if (!sourcesDiffer(old, current)) continue;
    const documents = current === undefined ? [] : await goodDocuments(current, slice);
    if (documents === undefined) continue;
    after.set(key, documents);
    const replaced = old === undefined ? [] : await goodDocuments(old, slice);
    if (replaced === undefined) faulty.add(key);
    else before.set(key, replaced);
  }
  for (const [key, documents] of await past.served(faulty, index + 1)) before.set(key, documents);
  const changes: HistoryChange[] = [];
  for (const [key, documents] of after) {
    const replaced = before.get(key);
    if (replaced !== undefined) await addDifferences(changes, replaced, documents, slice);
  }
  return { changes, isCut: past.isCut(index) || past.isCut(index + 1) };
}

interface Item {
  readonly of: Pick<HistoryChange, "namespace" | "type" | "key">;
  readonly value: unknown;
}

async function addDifferences(
  changes: HistoryChange[],
  before: readonly FeaturesDocument[],
  after: readonly FeaturesDocument[],
  slice: TimeSlice,
): Promise<void> {
  const [old, current] = [itemsOf(before), itemsOf(after)];
  for (const [id, item] of old) {
    if (slice.due) await slice.next();
    const successor = current.get(id);
    if (successor === undefined) changes.push({ ...item.of, before: item.value, after: undefined });
    else if (!isSame(successor.value, item.value)) {
      changes.push({ ...item.of, before: item.value, after: successor.value });
    }
  }
  for (const [id, item] of current) {
    if (!old.has(id)) changes.push({ ...item.of, before: undefined, after: item.value });
  }
}

/** Files that did not change have the very same items. */
function isSame(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function itemsOf(documents: readonly FeaturesDocument[]): ReadonlyMap<string, Item> {
  const items = new Map<string, Item>();
  const put = (of: Item["of"], value: unknown): void => void items.set(`${of.type} ${of.key}`, { of, value });
  for (const document of documents) {
    const { key: namespace, form: _form, ...header } = document.namespace;
    put({ namespace, type: "namespace", key: namespace }, { key: namespace, ...header });
    for (const flag of document.flags) put({ namespace, type: "flag", key: flag.key }, flag);
    for (const segment of document.segments) put({ namespace, type: "segment", key: segment.key }, segment);
  }
  return items;
}
