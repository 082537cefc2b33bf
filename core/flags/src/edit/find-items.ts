import type { FilesView } from "./change.js";
import type { EditableFile } from "./editable-file.js";
import { filesOfNamespace } from "./namespace-files.js";
import { documentsOf, type WorkFiles } from "./work-files.js";
import type { ItemName } from "./write-errors.js";

export interface FoundItem {
  readonly file: EditableFile;
  readonly document: number;
  readonly index: number;
}

/** Every definition of an item, in load order: the last is the one that is evaluated. */
export async function findItem(name: ItemName, view: FilesView, work: WorkFiles): Promise<readonly FoundItem[]> {
  const found: FoundItem[] = [];
  for (const path of filesOfNamespace(view.snapshot, name.namespace)) {
    const file = await work.open(path);
    if (file === undefined) continue;
    for (const document of documentsOf(file.documents, name.namespace)) {
      const items = file.documents[document]![name.type === "flag" ? "flags" : "segments"];
      for (const [index, item] of items.entries()) if (item.key === name.key) found.push({ file, document, index });
    }
  }
  return found;
}
