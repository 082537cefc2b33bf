import { KnownHeads } from "@vexil/engine/storage/state/known-heads";
import { type ConflictQuestion, checkRevision, checkUnchanged } from "@vexil/engine/storage/write/conflict-rule";
import { VexilError } from "@vexil/plugin-api/errors";
import test, { type ExecutionContext } from "ava";

const [FIRST, SECOND, THIRD] = ["1".repeat(40), "2".repeat(40), "3".repeat(40)];
const table = (files: Readonly<Record<string, string>>): ReadonlyMap<string, string> => new Map(Object.entries(files));

function question(other: Partial<ConflictQuestion> = {}): ConflictQuestion {
  return { subject: ["a"], arrived: 0, head: SECOND, files: table({ a: "A2", b: "B1" }), edits: new Map(), ...other };
}

function codeOf(t: ExecutionContext, check: () => void): { readonly code: string; readonly message: string } {
  const error = t.throws(check) as unknown;
  t.true(VexilError.is(error));
  return error as VexilError;
}

test("a write conflicts with what others did to its file after it arrived, and with nothing else", (t) => {
  const known = new KnownHeads();
  known.record(FIRST, table({ a: "A1", b: "B1" }), false, 0);
  const arrived = known.sequence;
  known.record(SECOND, table({ a: "A2", b: "B1" }), false, 1);
  const error = codeOf(t, () => checkUnchanged(question({ arrived }), known));
  t.is(error.code, "VEXIL_CONFLICT_FILE_CHANGED");
  t.true(error.message.includes(FIRST) && error.message.includes(SECOND), "both commits are named");
  t.notThrows(() => checkUnchanged(question({ arrived, subject: ["b"] }), known), "another file");
  t.notThrows(() => checkUnchanged(question({ arrived: known.sequence }), known), "it knew");
});

test("this daemon's own commits conflict with nobody", (t) => {
  const known = new KnownHeads();
  known.record(FIRST, table({ a: "A1" }), false, 0);
  const arrived = known.sequence;
  known.record(SECOND, table({ a: "A2" }), true, 1);
  t.notThrows(() => checkUnchanged(question({ arrived }), known));
  known.record(THIRD, table({ a: "A3" }), false, 2);
  t.is(codeOf(t, () => checkUnchanged(question({ arrived, head: THIRD }), known)).code, "VEXIL_CONFLICT_FILE_CHANGED");
});

test("uncommitted edits of the file refuse a write, also one that names a revision", (t) => {
  const known = new KnownHeads();
  const edits = new Map([["a", new Uint8Array()]]);
  for (const arrived of [0, undefined]) {
    const error = codeOf(t, () => checkUnchanged(question({ edits, arrived }), known));
    t.is(error.code, "VEXIL_CONFLICT_UNCOMMITTED");
    t.regex(error.message, /^a has uncommitted edits/);
  }
  t.notThrows(() => checkUnchanged(question({ edits, subject: ["b"] }), known));
});

test("a write that names a revision counts by what its files were there, whenever it arrived", async (t) => {
  const known = new KnownHeads();
  known.record(FIRST, table({ a: "A1" }), false, 0);
  known.record(SECOND, table({ a: "A2" }), false, 1);
  t.notThrows(() => checkUnchanged(question({ arrived: undefined }), known));
  const past: Readonly<Record<string, string | undefined>> = { a: "A2", b: "B0" };
  const fileAt = async (_: string, path: string) => ({ oid: past[path] });
  await t.notThrowsAsync(checkRevision(question(), FIRST, fileAt), "the file is what it was");
  await t.throwsAsync(checkRevision(question({ subject: ["a", "b"] }), FIRST, fileAt), {
    code: "VEXIL_CONFLICT_REVISION",
    message: `expected head revision "${FIRST}" has changed (now "${SECOND}")`,
  });
});

test("the head itself always fits, and a revision that nobody knows never does", async (t) => {
  const asked: string[] = [];
  const unknown = async (revision: string): Promise<undefined> => {
    asked.push(revision);
    return undefined;
  };
  await t.notThrowsAsync(checkRevision(question(), SECOND, unknown));
  t.deepEqual(asked, []);
  await t.throwsAsync(checkRevision(question(), THIRD, unknown), { code: "VEXIL_CONFLICT_REVISION" });
});

test("a file that was absent then and is absent now has not changed; one that came since has", async (t) => {
  const absent = async () => ({ oid: undefined });
  await t.notThrowsAsync(checkRevision(question({ subject: ["new"] }), FIRST, absent));
  await t.throwsAsync(checkRevision(question({ subject: ["a"] }), FIRST, absent), { code: "VEXIL_CONFLICT_REVISION" });
});
