import type { FeedPlace } from "@vexil/engine/sinks/event-reader";
import type { ServedState } from "@vexil/plugin-api";
import test from "ava";
import fc from "fast-check";
import { cursorText, readCursor } from "../../../../daemon/dist/http/events/event-cursor.js";

const KEY = new Uint8Array(32).fill(7);
const OTHER = new Uint8Array(32).fill(8);
const oid = fc.stringMatching(/^[0-9a-f]{40}$/);
const place: fc.Arbitrary<FeedPlace> = fc.oneof(
  fc.record({ at: fc.option(oid, { nil: undefined }), to: fc.constant(undefined), told: fc.constant(0) }),
  fc.record({ at: fc.option(oid, { nil: undefined }), to: oid, told: fc.nat() }),
);
const position = fc.record({
  places: fc.dictionary(fc.string(), place, { maxKeys: 20 }).map((found) => new Map(Object.entries(found))),
  unready: fc
    .dictionary(fc.string(), fc.constantFrom<ServedState>("stale", "failed"), { maxKeys: 5 })
    .map((found) => new Map(Object.entries(found))),
});

test("a position is read as it was written, and known to be a daemon's own by its key alone", (t) => {
  fc.assert(
    fc.property(position, ({ places, unready }) => {
      const text = cursorText({ places, unready }, KEY);
      t.regex(text, /^AQ[\w-]{20,}$/);
      const read = readCursor(text, [OTHER, KEY]);
      t.true(read?.isGenuine);
      for (const [environment, one] of places) t.deepEqual(read?.place(environment), one);
      for (const [storage, state] of unready) t.is(read?.state(storage), state);
      t.is(read?.place("\0 not there"), undefined);
      t.is(read?.state("\0 not there"), "ready");
      t.false(readCursor(text, [OTHER])?.isGenuine);
    }),
    { numRuns: 200 },
  );
});

test("environments at one commit cost little more than one does", (t) => {
  const at = "a".repeat(40);
  const names = Array.from({ length: 200 }, (_, index) => `environment-${index}`);
  const same = cursorText(
    { places: new Map(names.map((name) => [name, { at, to: undefined, told: 0 }])), unready: new Map() },
    KEY,
  );
  t.true(same.length < 2_000, `${same.length}`);
  const other = new Map(names.map((name, index) => [name, { at: String(index).padStart(40, "0"), to: at, told: 9 }]));
  t.true(cursorText({ places: other, unready: new Map() }, KEY).length < 16_000);
});

test("any text is read or is none, and one whose bytes were changed is nobody's", (t) => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.base64String(),
        fc.uint8Array().map((bytes) => Buffer.from(bytes).toString("base64url")),
      ),
      (text) => {
        const read = readCursor(text, [KEY]);
        t.true(read === undefined || !read.isGenuine);
      },
    ),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(position, fc.nat(), fc.integer({ min: 1, max: 255 }), (whole, at, change) => {
      const bytes = Buffer.from(cursorText(whole, KEY), "base64url");
      const index = at % bytes.length;
      bytes[index] = (bytes[index] ?? 0) ^ change;
      t.not(readCursor(bytes.toString("base64url"), [KEY])?.isGenuine, true);
    }),
    { numRuns: 300 },
  );
});
