import { KnownHeads } from "@vexil/engine/storage/state/known-heads";
import test from "ava";

const A = "a".repeat(40);
const B = "b".repeat(40);
const C = "c".repeat(40);

function start(): KnownHeads {
  const known = new KnownHeads();
  known.record(
    A,
    new Map([
      ["x", "1"],
      ["y", "1"],
    ]),
    false,
    0,
  );
  return known;
}

test("a file that others changed after a request arrived conflicts, another does not", (t) => {
  const known = start();
  const arrived = known.sequence;
  known.record(
    B,
    new Map([
      ["x", "2"],
      ["y", "1"],
    ]),
    false,
    1,
  );
  t.is(known.changedByOthers("x", arrived), A);
  t.is(known.changedByOthers("y", arrived), undefined);
  t.is(known.changedByOthers("x", known.sequence), undefined);
});

test("own commits never conflict with own writers", (t) => {
  const known = start();
  const arrived = known.sequence;
  known.record(
    B,
    new Map([
      ["x", "2"],
      ["y", "1"],
    ]),
    true,
    1,
  );
  t.is(known.changedByOthers("x", arrived), undefined);
});

test("new and deleted files count as changed", (t) => {
  const known = start();
  const arrived = known.sequence;
  known.record(
    B,
    new Map([
      ["x", "1"],
      ["z", "1"],
    ]),
    false,
    1,
  );
  t.is(known.changedByOthers("z", arrived), A);
  t.is(known.changedByOthers("y", arrived), A);
});

test("what a file was at each of the last heads is remembered", (t) => {
  const known = start();
  known.record(
    B,
    new Map([
      ["x", "2"],
      ["y", "1"],
    ]),
    true,
    1,
  );
  known.record(C, new Map([["x", "3"]]), true, 2);
  t.deepEqual(known.fileAt(A, "x"), { oid: "1" });
  t.deepEqual(known.fileAt(B, "x"), { oid: "2" });
  t.deepEqual(known.fileAt(C, "x"), { oid: "3" });
  t.deepEqual(known.fileAt(A, "y"), { oid: "1" });
  t.deepEqual(known.fileAt(B, "y"), { oid: "1" });
  t.deepEqual(known.fileAt(C, "y"), { oid: undefined });
  t.is(known.fileAt("d".repeat(40), "x"), undefined);
});

test("a head that is read again and again pushes out none before it, and is nobody's change", (t) => {
  const known = start();
  const files = new Map([["x", "2"]]);
  known.record(B, files, true, 1);
  const { sequence } = known;
  for (let again = 0; again < 250; again += 1) known.record(B, files, false, 2);
  t.is(known.sequence, sequence);
  t.deepEqual(known.fileAt(A, "x"), { oid: "1" });
});

test("memory of heads is bounded by number and by time", (t) => {
  const known = start();
  for (let index = 1; index <= 250; index += 1) {
    known.record(String(index).padStart(40, "0"), new Map([["x", String(index)]]), true, index);
  }
  t.is(known.fileAt(A, "x"), undefined);
  t.deepEqual(known.fileAt("200".padStart(40, "0"), "x"), { oid: "200" });
  known.record(C, new Map(), true, 3 * 3600_000);
  t.is(known.fileAt("200".padStart(40, "0"), "x"), undefined);
});
