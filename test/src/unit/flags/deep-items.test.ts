import { createSnapshotBuilder } from "@vexil/flags/create-snapshot-builder";
import type { JsonObject } from "@vexil/flags/read/document";
import test from "ava";
import { applyChange, MemoryView } from "../../helpers/flags/memory-view.js";

const builder = createSnapshotBuilder({ processes: 1 });
test.after.always(() => builder.close());

/** As deep as a request may be. */
const LEVELS = [100, 200, 498];

function nested(levels: number): JsonObject {
  let metadata: JsonObject = { a: 1 };
  for (let level = 1; level < levels; level += 1) metadata = { a: metadata };
  return metadata;
}

test("an item that nests deeper than a file may is refused as invalid, however deep", async (t) => {
  for (const path of ["default/features.yaml", "default/features.json"]) {
    const text = JSON.stringify({ namespace: "default", flags: [{ key: "one", name: "One" }] });
    const view = await MemoryView.of(builder, { [path]: text });
    for (const levels of LEVELS) {
      const flag = {
        ...({ key: "deep", name: "Deep", type: "BOOLEAN_FLAG_TYPE", description: "", enabled: false } as const),
        ...{ metadata: nested(levels), variants: [], rules: [], rollouts: [] },
      };
      const change = { type: "put-flag", mode: "create", namespace: "default", key: "deep", flag } as const;
      const error = await t.throwsAsync(applyChange(change, view), { message: /nested deeper than 64/ }, path);
      t.regex((error as { code?: string } | undefined)?.code ?? "", /^VEXIL_VALIDATION/);
    }
  }
});
