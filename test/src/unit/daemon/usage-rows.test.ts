import test from "ava";
import { parseRows, rowsText, type UsageRow } from "../../../../daemon/dist/usage/usage-rows.js";

const rowOf = (flag: string, index = 0): UsageRow => ({
  place: ["production", "default", flag],
  first: 1_760_000_000_000 + index,
  last: index % 2 === 0 ? undefined : 1_760_000_100_000,
  answers: index % 3 === 0 ? [] : [["true", "MATCH_EVALUATION_REASON", index]],
});
const FEW = ["banner", "__proto__", 'a "quoted"\nname', "],\n[", "ü\u2028"].map(rowOf);

/** How often others had their turn while something went on. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let isDone = false;
  const turn = (): void => {
    turns += 1;
    if (!isDone) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  isDone = true;
  return turns;
}

test("what is read is what was written, in this form and in that of earlier versions", async (t) => {
  for (const rows of [[], FEW.slice(0, 1), FEW]) {
    const text = await rowsText(rows);
    t.deepEqual(await parseRows(text), rows);
    const oneLine = JSON.stringify(JSON.parse(text));
    t.false(oneLine.includes("\n"));
    t.deepEqual(await parseRows(oneLine), rows);
  }
});

test("a text that ends early, has a damaged line or is another version's does not count", async (t) => {
  const text = await rowsText(FEW);
  for (let size = 0; size < text.length; size += 1) {
    await t.throwsAsync(parseRows(text.slice(0, size)), undefined, `${size} characters`);
  }
  await t.throwsAsync(parseRows(text.replace('"production"', "7")), { message: "a line is damaged" });
  await t.throwsAsync(parseRows(text.replace(",\n", "\n")));
  const later = { message: "it is no file of counts, or of a later version" };
  await t.throwsAsync(parseRows(text.replace('"version":1', '"version":2')), later);
  await t.throwsAsync(parseRows("null"), later);
});

test("others get their turn while counts of many flags are written and read", async (t) => {
  const rows = Array.from({ length: 50_000 }, (_, index) => rowOf(`flag-${index}`, index));
  let text = "";
  const whileWritten = await turnsDuring(async () => {
    text = await rowsText(rows);
  });
  let read: readonly UsageRow[] = [];
  const whileRead = await turnsDuring(async () => {
    read = await parseRows(text);
  });
  t.deepEqual([read.length, read.at(-1)], [rows.length, rows.at(-1)]);
  t.true(whileWritten >= 4 && whileRead >= 4, `${whileWritten} and ${whileRead} turns`);
});
