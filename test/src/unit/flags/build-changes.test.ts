import type { Snapshot } from "@vexil/flags/compile/snapshot";
import type { BuildResult } from "@vexil/flags/compile/snapshot-builder";
import { createSnapshotBuilder } from "@vexil/flags/create-snapshot-builder";
import test from "ava";
import fc from "fast-check";
import { buildFrom, type Files } from "../../helpers/flags/build-from-files.js";

const SEGMENT = "segments: [{key: s, name: S, match_type: ALL_MATCH_TYPE}]";
const RULE = "rollouts: [{segment: {key: s, value: true}}]";
/** Contents that a file may have: flags of one namespace or two, a reference to another file's segment, faults. */
const contents = fc.constantFrom(
  `namespace: a\n${SEGMENT}`,
  "namespace: a\nflags: [{key: x, name: X}]",
  "namespace: a\nflags: [{key: x, name: Y}, {key: y, name: Y}]",
  `namespace: a\nflags: [{key: z, name: Z, type: BOOLEAN_FLAG_TYPE, ${RULE}}]`,
  "namespace: b\nflags: [{key: x, name: X}]",
  "namespace: b\nflags: [{key: w, name: X}]\n---\nnamespace: a",
  "namespace: a\nflags: [",
);
const path = fc.constantFrom("one/features.yaml", "two/features.yaml", "three/features.yaml");
/** `undefined` deletes the file, `refused` is never served. */
const steps = fc.array(
  fc.record({ path, content: fc.option(contents, { nil: undefined, freq: 8 }), refused: fc.boolean() }),
  { minLength: 2, maxLength: 12 },
);

const shown = ({ snapshot, changedNamespaces, templates }: BuildResult): unknown => ({
  namespaces: [...snapshot.namespaces].map(([key, { clientJson, items }]) => [key, clientJson, items]),
  files: [...snapshot.files],
  quarantined: snapshot.quarantined,
  changedNamespaces: [...changedNamespaces].sort(),
  templates,
});

/** The same state, as nobody remembers it. */
const stranger = (snapshot: Snapshot | undefined): Snapshot | undefined =>
  snapshot === undefined ? undefined : { ...snapshot, files: new Map(snapshot.files) };

test("a state made from the one before is the state made from everything, whatever changed", async (t) => {
  const quick = createSnapshotBuilder({ now: () => 1_700_000_000_000 });
  const thorough = createSnapshotBuilder({ now: () => 1_700_000_000_000 });
  t.teardown(() => Promise.all([quick.close(), thorough.close()]));
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      let files: Files = {};
      let [ours, theirs]: (Snapshot | undefined)[] = [undefined, undefined];
      for (const step of sequence) {
        const { [step.path]: _, ...others } = files;
        const next = step.content === undefined ? others : { ...files, [step.path]: step.content };
        const made = await buildFrom(quick, next, ours === undefined ? {} : { previous: ours });
        const previous = stranger(theirs);
        const expected = await buildFrom(thorough, next, previous === undefined ? {} : { previous });
        t.deepEqual(shown(made), shown(expected));
        if (step.refused) continue;
        files = next;
        // A commit's id comes after its state: copies are remembered as well.
        ours = { ...made.snapshot, revision: "e".repeat(40) };
        theirs = expected.snapshot;
      }
    }),
    { numRuns: 60 },
  );
});
