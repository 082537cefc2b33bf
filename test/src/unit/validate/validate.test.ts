import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DEFAULT_FEATURE_LIMITS } from "@vexil/core/internal/features/document";
import { collectFiles } from "@vexil/daemon/internal/validate/collect-files";
import { findFaults } from "@vexil/daemon/internal/validate/find-faults";
import test, { type ExecutionContext } from "ava";

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

/** `file:line:column: reason`, files as seen from `directory`. */
async function validate(
  directory: string,
  paths = [directory],
  limits = DEFAULT_FEATURE_LIMITS,
): Promise<readonly string[]> {
  const faults = await findFaults(await collectFiles(paths, limits.fileBytes), limits);
  return faults.map(
    ({ file, line, column, reason }) => `${file.replace(`${directory}/`, "")}:${line}:${column}: ${reason}`,
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
    "a/features.yaml:5:8: bogus: field not allowed",
    'b/features.yml:2:67: flag b/f rule 1 references unknown segment "s"',
    'b/features.yml:2:96: flag b/f rule 1 references unknown variant "w"',
    "c/features.json:1:18: invalid JSON: PropertyNameExpected",
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
  t.deepEqual(await validate(directory), ["a/features.yaml:2:8: bogus: field not allowed"]);
});

test("a file that is too large is a fault, a missing one an error", async (t) => {
  const directory = start(t, { "a/features.yaml": `# ${"x".repeat(500)}\n` });
  const [fault] = await validate(directory, [directory], { ...DEFAULT_FEATURE_LIMITS, fileBytes: 100 });
  t.regex(fault ?? "", /^a\/features\.yaml:1:1: the file has .* bytes, more than the limit of 100$/);
  await t.throwsAsync(validate(directory, [join(directory, "nothing")]), { code: "ENOENT" });
});
