import type { EditableFile } from "./editable-file.js";
import { documentsOf, type WorkFiles } from "./work-files.js";
import type { ItemName } from "./write-errors.js";

export interface FoundItem {
  readonly file: EditableFile;
  readonly document: number;
  readonly index: number;
}

/** Every definition of an item, in load order: the last is the one that is evaluated. */
export async function findItem(name: ItemName, work: WorkFiles): Promise<readonly FoundItem[]> {
  const found: FoundItem[] = [];
  for (const path of work.filesOf(name.namespace)) {
    const file = await work.open(path);
    if (file === undefined) continue;
    for (const document of documentsOf(file.documents, name.namespace)) {
      const items = file.documents[document]![name.type === "flag" ? "flags" : "segments"];
      for (let index = 0; index < items.length; index++) {
        if (items[index]!.key === name.key) found.push({ file, document, index });
      }
    }
  }
  return found;
}
