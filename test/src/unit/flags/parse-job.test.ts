import { fromReplies, type ParseReply, toReplies } from "@vexil/flags/parse/parse-job";
import { DEFAULT_FEATURE_LIMITS } from "@vexil/flags/read/document";
import { parseFeatures } from "@vexil/flags/read/parse";
import { TimeSlice } from "@vexil/plugin-api/time-slice";
import test from "ava";

/** Flags whose descriptions have these lengths. */
function file(...lengths: readonly number[]): string {
  const flags = lengths.map(
    (length, index) => `  - key: f${index}\n    name: f\n    description: ${"x".repeat(length)}`,
  );
  return `namespace: default\nflags:\n${flags.join("\n")}\n`;
}

test("a file goes between threads in small pieces, whatever the sizes of its flags, and arrives as it was", async (t) => {
  const many = (count: number, length: number): number[] => new Array<number>(count).fill(length);
  const files = {
    "small flags": file(...many(3_000, 10)),
    "large flags behind small ones": file(...many(200, 10), ...many(40, 50_000), ...many(500, 10)),
    "large flags first": file(...many(20, 50_000)),
    "no flags": "namespace: default\n",
    "several documents": `${file(...many(300, 1_000))}---\n${file(...many(2, 10)).replace("default", "other")}`,
  };
  for (const [title, text] of Object.entries(files)) {
    const parsed = parseFeatures("features.yaml", Buffer.from(text), DEFAULT_FEATURE_LIMITS);
    t.deepEqual(parsed.faults, [], title);
    const replies = [...toReplies(parsed)];
    const chunks = replies.flatMap((reply) => (reply.type === "flags" ? [reply.text] : []));
    t.true(
      chunks.every((chunk) => chunk.length <= 2 ** 17),
      title,
    );
    t.true(chunks.length <= 2 + text.length / 2 ** 14, `${title}: ${chunks.length} pieces`);
    const last = replies.at(-1) as Extract<ParseReply, { type: "parsed" }>;
    t.deepEqual(await fromReplies(chunks, last, new TimeSlice()), parsed, title);
  }
});
