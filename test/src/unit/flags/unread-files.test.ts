import type { Change, ItemChange } from "@vexil/flags/edit/change";
import test from "ava";
import type { Snapshot } from "../../../../core/flags/dist/compile/snapshot.js";
import { doubtfulFiles } from "../../../../core/flags/dist/edit/unread-files.js";

const snapshot = {
  namespaces: new Map([["shop", { items: { flags: new Map([["known", {}]]), segments: new Map() } }]]),
  files: new Map([
    ["read.yaml", { namespaces: ["shop"] }],
    ["named.yaml", { namespaces: ["shop"], unread: true }],
    ["other.yaml", { namespaces: [], unread: true }],
    ["escaped.yaml", { namespaces: [], unread: true }],
  ]),
} as unknown as Snapshot;
const texts = new Map([
  ["other.yaml", "namespace: cellar\n"],
  ["escaped.yaml", 'namespace: "\\x73hop"\n'],
]);

const gone = (namespace: string, key: string): ItemChange => ({ type: "delete-flag", namespace, key });

async function doubtful(change: Change): Promise<{ files: readonly string[]; reads: readonly string[] }> {
  const reads: string[] = [];
  const read = async (path: string): Promise<Uint8Array | undefined> => {
    reads.push(path);
    return Buffer.from(texts.get(path) ?? "");
  };
  return { files: await doubtfulFiles(change, snapshot, read), reads };
}

test("files that have not been read are in doubt where they may name what is not found", async (t) => {
  t.deepEqual((await doubtful(gone("shop", "known"))).files, []);
  t.deepEqual((await doubtful(gone("shop", "absent"))).files, ["named.yaml", "escaped.yaml"]);
  t.deepEqual((await doubtful(gone("cellar", "absent"))).files, ["other.yaml", "escaped.yaml"]);
  t.deepEqual((await doubtful({ type: "rollback", to: "main" })).files, []);
});

test("of several changes those are in doubt that one of them is, and each is read once", async (t) => {
  const changes = Array.from({ length: 500 }, (_, index) => gone("shop", `absent-${index}`));
  const known = gone("shop", "known");
  t.deepEqual(await doubtful({ type: "several", changes: [known] }), { files: [], reads: [] });
  t.deepEqual(await doubtful({ type: "several", changes: [...changes, gone("cellar", "absent")] }), {
    files: ["named.yaml", "other.yaml", "escaped.yaml"],
    reads: ["other.yaml", "escaped.yaml"],
  });
});
