import { parseCommit, serialiseCommit } from "@vexil/git/objects/commit-codec";
import { identityAddress, identityName, singleLine } from "@vexil/git/objects/identity-text";
import test from "ava";
import fc from "fast-check";

const CASES = 500;
/** Characters that names must not bring, beside whatever else there is. */
const HOSTILE = [
  ..."<>.,:;\"'\\ \t\r\n\0\v\f\u007f\u0085\u009f\u00a0\u2028\u2029\u202e\u2066\u3000\ufeff",
  "\ud800",
  "\udfff",
];
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(...HOSTILE),
      fc.string({ unit: "grapheme", maxLength: 3 }),
      fc.constantFrom("\u{1f6a9}", "é", "a"),
    ),
    {
      maxLength: 60,
    },
  )
  .map((parts) => parts.join(""));
const long = fc.tuple(text, fc.integer({ min: 1, max: 40 })).map(([one, times]) => one.repeat(times));

const FORBIDDEN = /[<>\p{Cc}\p{Cs}\u2028\u2029]/u;
const CRUD_AT_ENDS = /^[\s.,:;"'\\]|[\s.,:;"'\\]$/;

test("a name or an address is fit for a header whatever it was, or there is none", (t) => {
  fc.assert(
    fc.property(long, (given) => {
      for (const [fit, most] of [
        [identityName(given), 256],
        [identityAddress(given), 254],
      ] as const) {
        if (fit === undefined) continue;
        t.false(FORBIDDEN.test(fit), JSON.stringify(fit));
        t.false(CRUD_AT_ENDS.test(fit), JSON.stringify(fit));
        t.false(/\s\s/.test(fit), JSON.stringify(fit));
        t.true(fit.length > 0 && fit.length <= most);
        t.is(Buffer.from(fit).toString(), fit);
      }
      t.false(/\s/.test(identityAddress(given) ?? ""));
      t.is(identityName(identityName(given)), identityName(given));
      t.is(identityAddress(identityAddress(given)), identityAddress(given));
    }),
    { numRuns: CASES },
  );
});

test("only what is not fit goes: letters and digits of all scripts stay, in their order", (t) => {
  const letters = (given: string): string => [...given].filter((one) => /[\p{L}\p{N}\p{M}]/u.test(one)).join("");
  fc.assert(
    fc.property(text, (given) => {
      const expected = letters(given);
      if (expected === "" || expected.length > 200) return;
      t.is(letters(identityName(given) ?? ""), expected);
      t.is(letters(identityAddress(given) ?? ""), expected);
    }),
    { numRuns: CASES },
  );
});

test("a commit has the one author that it was given, whatever that says", (t) => {
  fc.assert(
    fc.property(long, long, (name, email) => {
      const written = serialiseCommit({
        tree: "a".repeat(40),
        parents: ["b".repeat(40)],
        author: { name, email },
        committer: { name: "Vexil", email: "vexil@example.com" },
        message: "change",
        timestampMs: 1_700_000_000_000,
        instance: "one",
        signature: undefined,
      });
      const lines = written.slice(0, written.indexOf("\n\n")).split("\n");
      t.deepEqual(
        lines.map((line) => line.split(" ")[0]),
        ["tree", "parent", "author", "committer", "vexil-instance"],
      );
      const { author, committer } = parseCommit("c".repeat(40), Buffer.from(written));
      t.is(author.name, identityName(name) ?? "unknown");
      t.is(author.email, identityAddress(email) ?? "unknown");
      t.is(author.timestampMs, 1_700_000_000_000);
      t.like(committer, { name: "Vexil", email: "vexil@example.com" });
    }),
    { numRuns: CASES },
  );
});

const NAMES: readonly (readonly [given: unknown, name: string | undefined, address: string | undefined])[] = [
  ["Ada Lovelace", "Ada Lovelace", "AdaLovelace"],
  ["Ada\nparent 1234", "Ada parent 1234", "Adaparent1234"],
  ["Boss <boss@example.com>", "Boss boss@example.com", "Bossboss@example.com"],
  ["  Ada \t\r\n Lovelace  ", "Ada Lovelace", "AdaLovelace"],
  ['.,:;"\' Ada. "', "Ada", "Ada"],
  ["O'Neill, Jr. III", "O'Neill, Jr. III", "O'Neill,Jr.III"],
  ["Ada\u0085Bo\u2028Cy\u2029Di", "Ada Bo Cy Di", "AdaBoCyDi"],
  ["Zoë 王小明 Ωμέγα", "Zoë 王小明 Ωμέγα", "Zoë王小明Ωμέγα"],
  ["a\ud800b", "a b", "ab"],
  ["\u{1f6a9}", "\u{1f6a9}", "\u{1f6a9}"],
  ["a".repeat(300), "a".repeat(256), "a".repeat(254)],
  [`${"a".repeat(255)}\u{1f6a9}`, "a".repeat(255), "a".repeat(254)],
  [`${"a".repeat(253)}. b`, `${"a".repeat(253)}. b`, "a".repeat(253)],
  ["", undefined, undefined],
  ["\u200b\u2060 \u200d\ufe0f\u3164", undefined, undefined],
  ["\u{1f469}\u200d\u{1f680}", "\u{1f469}\u200d\u{1f680}", "\u{1f469}\u200d\u{1f680}"],
  [" \n\u2028<>.,", undefined, undefined],
  [undefined, undefined, undefined],
  [{ name: "Ada" }, undefined, undefined],
  [7, undefined, undefined],
];

test("names and addresses as they are written", (t) => {
  for (const [given, name, address] of NAMES) {
    t.is(identityName(given), name, JSON.stringify(given));
    t.is(identityAddress(given), address, JSON.stringify(given));
  }
  t.is(singleLine(" oidc:a\r\nVexil-Actor: token:root\u2028<x> "), "oidc:a Vexil-Actor: token:root x");
});

test("a name of a megabyte takes no longer than reading it", (t) => {
  const before = process.cpuUsage();
  for (const crud of [".", " ", "<", "\ud800"]) identityName(`${crud.repeat(1_000_000)}x${crud.repeat(1_000_000)}y`);
  t.true(process.cpuUsage(before).user < 5_000_000);
});
