import { ParseBudget } from "@vexil/flags/parse/parse-budget";
import test from "ava";

const KILOBYTES_200 = 200_000;

test("a file has 2 s, and a large one more", (t) => {
  const budget = new ParseBudget();
  t.is(budget.ofFile(0), 2_000);
  t.is(budget.ofFile(5e6), 2_000);
  t.is(budget.ofFile(16e6), 6_400);
  t.is(budget.allow("main", KILOBYTES_200), 2_000);
});

test("sound files cost a storage nothing, however many there are", (t) => {
  const budget = new ParseBudget({ now: () => 0 });
  for (let number = 0; number < 20_000; number += 1) budget.spend("main", KILOBYTES_200, 200);
  budget.spend("main", 16e6, 4_000);
  t.is(budget.allow("main", KILOBYTES_200), 2_000);
});

test("slow files share 10 s a round; then each has the time of a sound one, for 3 s more", (t) => {
  const budget = new ParseBudget({ now: () => 0 });
  let files = 0;
  let spent = 0;
  for (let allowed = budget.allow("main", KILOBYTES_200); allowed !== undefined; files += 1) {
    t.true(allowed === 2_000 || spent >= 8_000, `${allowed} after ${spent}`);
    t.true(allowed >= 580);
    budget.spend("main", KILOBYTES_200, allowed);
    spent += allowed;
    allowed = budget.allow("main", KILOBYTES_200);
  }
  t.true(files > 5 && spent >= 13_000 && spent < 14_000, `${files} files in ${spent} ms`);
  t.is(budget.allow("another storage", KILOBYTES_200), 2_000);
});

test("a storage gets its time back within a minute", (t) => {
  let now = 0;
  const budget = new ParseBudget({ now: () => now });
  for (let file = 0; file < 7; file += 1) budget.spend("main", KILOBYTES_200, 2_000);
  t.is(budget.allow("main", KILOBYTES_200), undefined);
  now = 30_000;
  t.is(budget.allow("main", KILOBYTES_200), 1_000);
  now = 300_000;
  t.is(budget.allow("main", KILOBYTES_200), 2_000);
});
