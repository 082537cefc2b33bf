// Sums up what several runs of test.mjs said, given as files. One flaky file may be bad luck on a crowded machine; more
// are races that somebody has to look at, and fail the whole.
import { readFileSync } from "node:fs";

const FLAKY_AT_MOST = 1;

let passed = 0;
let failed = 0;
const flaky = new Set();
const skipped = new Map();
for (const file of process.argv.slice(2)) {
  for (const line of readFileSync(file, "utf8").split(/\r?\n/)) {
    const counts = /^(\d+) passed, (\d+) failed$/.exec(line);
    passed += Number(counts?.[1] ?? 0);
    failed += Number(counts?.[2] ?? 0);
    const [, count, reason] = /^(\d+) skipped: (.*)$/.exec(line) ?? [];
    if (reason !== undefined) skipped.set(reason, (skipped.get(reason) ?? 0) + Number(count));
    const name = /^flaky file: (\S+)/.exec(line)?.[1];
    if (name !== undefined) flaky.add(name);
  }
}
process.stdout.write("\n");
for (const name of flaky) process.stdout.write(`flaky file: ${name}\n`);
const tooMany = flaky.size > FLAKY_AT_MOST;
if (tooMany) process.stdout.write(`${flaky.size} files passed only when they were run again: find out why\n`);
for (const [reason, count] of skipped) process.stdout.write(`${count} skipped: ${reason}\n`);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(tooMany || failed > 0 ? 1 : 0);
