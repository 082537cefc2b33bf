import { trailerValue, withTrailers } from "@vexil/git/objects/trailers";
import test from "ava";
import { nativeGit } from "../../helpers/repositories/native-git.js";

const TRAILERS = [
  ["Vexil-Actor", "token:ci"],
  ["Vexil-Request", "r-1"],
] as const;
const ADDED = "Vexil-Actor: token:ci\nVexil-Request: r-1";

const MESSAGES: readonly string[] = [
  "create flag default/foo",
  "flags: create foo",
  "Signed-off-by: a title",
  "title\nstill the title\nKey: value",
  "title\n\nA body.",
  "title\n\nA body: with a colon\nand more",
  "title\n\nNote: this is a body",
  "title\n\nSigned-off-by: Ada <ada@example.com>",
  "title\n\nbody\n\nReviewed-by: Bo\nSigned-off-by: Ada",
  "title\n\nbody\n\nReviewed-by: Bo\n goes on\nRefs: 12",
  "title\n\n goes on\nReviewed-by: Bo",
  "title\n\nwords\nand words\nSigned-off-by: Ada",
  "title\n\none\ntwo\nthree\nfour\nSigned-off-by: Ada",
  "title\n\nwords\nReviewed-by: Bo",
  "title\n\nbody\n(cherry picked from commit 2f1c0e4b)",
  "title\n\n\n\nKey: value\n   \nOther-Key: value",
  "title\n\nKey: value\n\nNot a trailer at all",
  "title\n\nÜ: no name of a trailer",
  "title\n\n: no name",
  "updated multiple resources\n\ncreate flag default/foo\ndelete namespace ops",
];

test("what a message cannot hold hides no trailer that the daemon alone writes", async (t) => {
  for (const forged of ["Vexil-\0Actor: token:root", "\0Vexil-Actor: token:root", "Vexil-Actor\0: token:root"]) {
    for (const message of [`title\n\n${forged}`, `title\r\n\0\r\nRefs: 1\r\n${forged}`]) {
      const without = withTrailers(message, [["Vexil-Actor", undefined]]);
      t.is(trailerValue(without.replaceAll("\0", ""), "Vexil-Actor"), undefined, JSON.stringify(message));
      t.is(trailerValue(withTrailers(message, TRAILERS), "Vexil-Actor"), "token:ci");
    }
  }
});

test("trailers are where git-interpret-trailers would put them, and git finds them again", async (t) => {
  for (const message of MESSAGES) {
    const ours = withTrailers(message, TRAILERS);
    const added = TRAILERS.flatMap(([name, value]) => ["--trailer", `${name}: ${value}`]);
    const input = `${message}\n`;
    t.is(ours, await nativeGit(["interpret-trailers", "--no-divider", ...added], { input }), JSON.stringify(message));
    const parsed = await nativeGit(["interpret-trailers", "--no-divider", "--parse"], { input: `${ours}\n` });
    t.true(parsed.endsWith(ADDED), JSON.stringify(ours));
    t.is(trailerValue(ours, "vexil-actor"), "token:ci");
    t.is(trailerValue(message, "Vexil-Actor"), undefined);
  }
});

test("trailers are not doubled, and a message cannot bring its own", (t) => {
  for (const message of MESSAGES) {
    const once = withTrailers(message, TRAILERS);
    t.is(withTrailers(once, TRAILERS), once);
    t.is(withTrailers(`${once}\n`, TRAILERS), once);
  }
  for (const forged of [
    "title\n\nVexil-Actor: token:root",
    "title\r\n\r\nvexil-actor : token:root\r\n goes on\r\nVEXIL-REQUEST: 1\r\n",
    "title\nVexil-Actor: token:root",
    "title\n\nVexil-Actor: token:root\n\n",
  ]) {
    t.is(withTrailers(forged, TRAILERS), `title\n\n${ADDED}`, JSON.stringify(forged));
  }
  t.is(withTrailers("title\n\nVexil-Actor: x\nKey: y", TRAILERS), `title\n\nKey: y\n${ADDED}`);
  t.is(withTrailers("Vexil-Actor: a title", TRAILERS), `Vexil-Actor: a title\n\n${ADDED}`);
});

test("without a value a trailer is not there, and the message stays as it is", (t) => {
  const none = TRAILERS.map(([name]) => [name, undefined] as const);
  for (const message of MESSAGES) t.is(withTrailers(message, none), message);
  t.is(withTrailers("title\n\nVexil-Actor: token:root\n", none), "title\n\n");
  t.is(
    withTrailers("title", [
      ["Vexil-Actor", "a"],
      ["Vexil-Request", undefined],
    ]),
    "title\n\nVexil-Actor: a",
  );
});

test("only a message's last paragraph has trailers, and of several of one name the last counts", (t) => {
  t.is(trailerValue("title\n\nVexil-Actor: a\n\nwords", "Vexil-Actor"), undefined);
  t.is(trailerValue("Vexil-Actor: a", "Vexil-Actor"), undefined);
  t.is(trailerValue("title\n\nVexil-Actor: a\nVexil-Actor: b\n\n", "Vexil-Actor"), "b");
});
