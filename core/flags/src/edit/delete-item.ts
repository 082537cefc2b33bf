import { removeItem } from "./edit-items.js";
import { findItem } from "./find-items.js";
import { listOf } from "./put-item.js";
import { useOf } from "./references.js";
import { documentsOf, type WorkFiles } from "./work-files.js";
import { type ItemName, segmentInUse } from "./write-errors.js";

/** Takes out every definition of an item: with one left, the item would still be there. */
export async function deleteItem(name: ItemName, work: WorkFiles): Promise<void> {
  if (name.type === "segment") await refuseInUse(name, work);
  for (;;) {
    const found = (await findItem(name, work)).at(-1);
    if (found === undefined) return;
    const place = { document: found.document, list: listOf(name.type) };
    work.put(found.file.path, removeItem(found.file, place, found.index));
  }
}

/** The whole namespace counts, not only the segment's file. */
async function refuseInUse(name: ItemName, work: WorkFiles): Promise<void> {
  for (const path of work.filesOf(name.namespace)) {
    const file = await work.open(path);
    for (const document of documentsOf(file?.documents ?? [], name.namespace)) {
      for (const flag of file?.documents[document]?.flags ?? []) {
        const where = useOf(flag, name.key);
        if (where !== undefined) throw segmentInUse(name, flag.key, where);
      }
    }
  }
}
