import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DEFAULT_FEATURE_LIMITS } from "@vexil/flags/read/document";
import test, { type ExecutionContext } from "ava";
import { collectFiles } from "../../../../daemon/dist/validate/collect-files.js";
import { findFaults } from "../../../../daemon/dist/validate/find-faults.js";

/** A directory with these files, and what is wrong with them. */
function start(t: ExecutionContext, files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), "vexil-validate-"));
  t.teardown(() => rmSync(directory, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  return directory;
}

/** `file:line:column: message`, warnings marked, files as seen from `directory`. */
async function validate(
  directory: string,
  paths = [directory],
  limits = DEFAULT_FEATURE_LIMITS,
): Promise<readonly string[]> {
  const faults = await findFaults(await collectFiles(paths, limits.fileBytes), limits);
  return faults.map(
    ({ file, line, column, severity, message }) =>
      `${file.replace(`${directory}/`, "")}:${line}:${column}: ${severity === "warning" ? "warning: " : ""}${message.replaceAll(`${directory}/`, "")}`,
  );
}

const RULE =
  "flags: [{key: f, name: F, variants: [{key: v}], rules: [{segment: s, distributions: [{variant: w, rollout: 5}]}]}]\n";
const SEGMENT = "segments: [{key: s, name: S, match_type: ALL_MATCH_TYPE}]\n";

test("all faults of a directory are listed file by file, line by line", async (t) => {
  const directory = start(t, {
    "flipt.yaml": 'version: "3"\n',
    "a/features.yaml": "namespace: a\nflags:\n  - {key: a b, name: F, enabled: yes}\n  - {key: x}\nbogus: 1\n",
    "b/features.yml": `namespace: b\n${RULE}`,
    "c/features.json": '{"namespace":"c",}',
    ".git/x/features.yaml": "[",
    "d/other.yaml": "[",
  });
  symlinkSync(directory, join(directory, "loop"));
  t.deepEqual(await validate(directory), [
    'a/features.yaml:3:11: flags.0.key: invalid value "a b" (out of bound =~"^[-_,A-Za-z0-9]+$")',
    'a/features.yaml:3:34: flags.0.enabled: conflicting values "yes" and bool (mismatched types string and bool)',
    "a/features.yaml:4:5: flags.1.name: field is required but not present",
    'a/features.yaml:5:8: bogus: field not allowed; did you mean "flags"?',
    'b/features.yml:2:67: flag b/f rule 1 references unknown segment "s"',
    'b/features.yml:2:96: flag b/f rule 1 references unknown variant "w"',
    "c/features.json:1:18: invalid JSON: property name expected",
    'flipt.yaml:1:10: version: unsupported flipt config version: "3"',
  ]);
});

test("files given by name count together, directories each for itself", async (t) => {
  const good = RULE.replace("variant: w", "variant: v");
  const directory = start(t, { "one/a/features.yaml": SEGMENT, "two/b/features.yaml": good });
  const [a, b] = [join(directory, "one/a/features.yaml"), join(directory, "two/b/features.yaml")];
  t.deepEqual(await validate(directory, [a, b]), []);
  t.deepEqual(await validate(directory), []);
  t.is((await validate(directory, [join(directory, "one"), join(directory, "two")])).length, 1);
});

test("references into a file with faults are not held against others", async (t) => {
  const good = RULE.replace("variant: w", "variant: v");
  const directory = start(t, { "a/features.yaml": `${SEGMENT}bogus: 1\n`, "b/features.yaml": good });
  t.deepEqual(await validate(directory), ['a/features.yaml:2:8: bogus: field not allowed; did you mean "flags"?']);
});

test("references that a file which cannot be read may satisfy are not held against others of its namespace", async (t) => {
  const good = RULE.replace("variant: w", "variant: v");
  const directory = start(t, {
    "a/default/features.yaml": "segments: [\n",
    "b/features.yaml": good,
    "c/features.yaml": `namespace: c\n${good}`,
    "d/features.yaml": "namespace: d\nsegments: [{name: S}]\n",
    "e/features.yaml": `namespace: d\n${good}`,
  });
  const found = await validate(directory);
  t.is(found.length, 4, found.join("\n"));
  t.regex(found[0] ?? "", /^a\/default\/features\.yaml:2:1: /);
  t.regex(found[1] ?? "", /^c\/features\.yaml:2:\d+: flag c\/f rule 1 references unknown segment "s"$/);
  t.regex(found[2] ?? "", /^d\/features\.yaml:2:\d+: segments\.0/);
});

test("one run finds all there is: faults hide no other faults, no references and no warnings", async (t) => {
  const directory = start(t, {
    "a/features.yaml": `namespace: a
flags:
  - key: f
    name: F
    enabeld: true
    variants: [{key: v, default: true}, {key: v}, {key: w, default: true}]
    rules:
      - {segment: ghost, distributions: [{variant: v, rollout: 60}, {variant: w, rollout: 50}]}
      - {segment: {keys: [s, gone]}, distributions: [{variant: x, rollout: 110}]}
  - key: b
    name: B
    type: BOOLEAN_FLAG_TYPE
    rollouts:
      - threshold: {percentage: 150, value: true}
      - threshold: {percentage: -1}
      - {}
      - segment: {key: missing}
  - {key: f, name: Again}
segments:
  - key: s
    name: S
    match_type: ALL_MATCH_TYPE
    constraints:
      - {type: NUMBER_COMPARISON_TYPE, property: p, operator: eq, value: "1,000"}
      - {type: DATETIME_COMPARISON_TYPE, property: p, operator: lt, value: "02/01/2024"}
      - {type: DATETIME_COMPARISON_TYPE, property: p, operator: present}
      - {type: NUMBER_COMPARISON_TYPE, property: p, operator: gt}
      - {type: STRING_COMPARISON_TYPE, property: p, operator: isoneof}
      - {type: NUMBER_COMPARISON_TYPE, property: p, operator: isoneof, value: [1, 18446744073709551615]}
      - {type: NUMBER_COMPARISON_TYPE, property: p, operator: before, value: "1"}
`,
    "b/features.yaml": `version: "1.5"
namespace: a
flags: [{key: b, name: B}]
segments:
  - {key: s, name: S, match_type: ALL_MATCH_TYPE}
  - {key: t, name: T, match_type: ALL_MATCH_TYPE, constraints: [{type: STRING_COMPARISON_TYPE, property: p, operator: isoneof, value: "[1]"}]}
---
namespace: other
flags: [{key: f, name: F}]
`,
  });
  const out = "rules and rollouts go without the whole segment";
  t.deepEqual(await validate(directory), [
    'a/features.yaml:5:14: flags.0.enabeld: field not allowed; did you mean "enabled"?',
    "a/features.yaml:6:34: warning: flags.0.variants.0.default: another variant is the default one, too; the last counts",
    'a/features.yaml:6:47: warning: flags.0.variants.1.key: variant "v" is there already',
    'a/features.yaml:8:19: flag a/f rule 1 references unknown segment "ghost"',
    "a/features.yaml:8:41: warning: flags.0.rules.0.distributions: the rollouts sum to 110 %, above 100; they count in proportion",
    'a/features.yaml:9:19: flag a/f rule 2 references unknown segment "gone"',
    "a/features.yaml:9:53: warning: flags.0.rules.1.distributions: the rollouts sum to 110 %, above 100; they count in proportion",
    'a/features.yaml:9:64: flag a/f rule 2 references unknown variant "x"',
    "a/features.yaml:9:76: flags.0.rules.1.distributions.0.rollout: invalid value 110 (out of bound <=100)",
    "a/features.yaml:14:33: warning: flags.1.rollouts.0.threshold.percentage: 150 is not between 0 and 100; it means everybody",
    "a/features.yaml:15:33: warning: flags.1.rollouts.1.threshold.percentage: -1 is not between 0 and 100; it means nobody",
    "a/features.yaml:16:9: warning: flags.1.rollouts.2: a rollout with neither segment nor threshold is skipped",
    'a/features.yaml:17:18: flag a/b rule 4 references unknown segment "missing"',
    "a/features.yaml:18:11: warning: flag a/f is defined at a/features.yaml:3 already; the last one counts",
    `a/features.yaml:24:74: warning: segments.0.constraints.0.value: "1,000" is not a number; ${out}`,
    `a/features.yaml:25:76: warning: segments.0.constraints.1.value: "02/01/2024" is not a date as RFC 3339 has it, such as 2024-01-02 or 2024-01-02T03:04:05Z; ${out}`,
    "a/features.yaml:27:9: warning: segments.0.constraints.3: gt has no value to compare with, so it is never true",
    `a/features.yaml:28:9: warning: segments.0.constraints.4: isoneof needs a list as its value; ${out}`,
    `a/features.yaml:29:79: warning: segments.0.constraints.5.value: "[1,\\"18446744073709551615\\"]" is not a JSON list of numbers; ${out}`,
    'a/features.yaml:30:63: segments.0.constraints.6.operator: invalid value "before" (expected "eq" or "neq" or "lt" or "lte" or "gt" or "gte" or "present" or "notpresent" or "isoneof" or "isnotoneof")',
    "b/features.yaml:3:15: warning: flag a/b is defined at a/features.yaml:10 already; the last one counts",
    "b/features.yaml:5:11: warning: segment a/s is defined at a/features.yaml:20 already; the last one counts",
    `b/features.yaml:6:135: warning: segments.1.constraints.0.value: "[1]" is not a JSON list of texts; ${out}`,
  ]);
});

test("shares that sum to a hundred but for rounding are fine, and so are empty lists and dates without quotes", async (t) => {
  const shares = [33.33, 33.33, 33.34]
    .map((share, index) => `{variant: ${"abc"[index]}, rollout: ${share}}`)
    .join(", ");
  const directory = start(t, {
    "a/features.yaml": `flags:
  - {key: f, name: F, variants: [{key: a}, {key: b}, {key: c}], rules: [{segment: s, distributions: [${shares}]}]}
segments:
  - key: s
    name: S
    match_type: ALL_MATCH_TYPE
    constraints:
      - {type: STRING_COMPARISON_TYPE, property: p, operator: isoneof, value: []}
      - {type: DATETIME_COMPARISON_TYPE, property: p, operator: eq, value: 2024-01-02}
      - {type: NUMBER_COMPARISON_TYPE, property: p, operator: eq, value: "1_000"}
`,
  });
  t.deepEqual(await validate(directory), []);
});

test("a file that is too large is a fault, a missing one an error", async (t) => {
  const directory = start(t, { "a/features.yaml": `# ${"x".repeat(500)}\n` });
  const [fault] = await validate(directory, [directory], { ...DEFAULT_FEATURE_LIMITS, fileBytes: 100 });
  t.regex(
    fault ?? "",
    /^a\/features\.yaml:1:1: the file has .* bytes, more than the limit of 100 \(limits\.file_bytes\)$/,
  );
  await t.throwsAsync(validate(directory, [join(directory, "nothing")]), { code: "ENOENT" });
});
