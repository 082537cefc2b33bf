import { FileCache } from "@vexil/flags/compile/file-cache";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import { createSnapshotBuilder } from "@vexil/flags/create-snapshot-builder";
import test from "ava";
import { blobId, buildFrom, type Files, inputOf } from "../../helpers/flags/build-from-files.js";

const builder = createSnapshotBuilder({ now: () => 1_700_000_000_000 });
test.after.always(() => builder.close());

const flags = (namespace: string, ...keys: readonly string[]): string =>
  `namespace: ${namespace}\nflags: [${keys.map((key) => `{key: ${key}, name: N}`).join(", ")}]\n`;
const segment = (key: string, country: string): string =>
  `{key: ${key}, name: S, match_type: ALL_MATCH_TYPE, constraints: [{type: STRING_COMPARISON_TYPE, property: c, operator: eq, value: ${country}}]}`;
const BROKEN = "namespace: a\nflags: [";
const keysOf = (snapshot: Snapshot, namespace: string): readonly string[] => [
  ...(snapshot.namespaces.get(namespace)?.flags.keys() ?? []),
];

test("only changed files are parsed again, and unchanged namespaces are the same objects", async (t) => {
  const files: Files = { "a/features.yaml": flags("a", "x"), "b/features.yaml": flags("b", "y") };
  const first = await buildFrom(builder, files, { environment: "only" });
  t.is(first.parsedFiles, 2);
  t.deepEqual([...first.changedNamespaces], ["a", "b"]);
  const same = await buildFrom(builder, files, { environment: "only", previous: first.snapshot });
  t.is(same.parsedFiles, 0);
  t.is(same.changedNamespaces.size, 0);
  t.is(same.snapshot.namespaces.get("a"), first.snapshot.namespaces.get("a"));
  const changed = { ...files, "b/features.yaml": flags("b", "z") };
  const next = await buildFrom(builder, changed, { environment: "only", previous: same.snapshot });
  t.is(next.parsedFiles, 1);
  t.deepEqual([...next.changedNamespaces], ["b"]);
  t.is(next.snapshot.namespaces.get("a"), first.snapshot.namespaces.get("a"));
  t.deepEqual(keysOf(next.snapshot, "b"), ["z"]);
});

test("a namespace whose file is gone is gone, and is named as changed", async (t) => {
  const { snapshot: previous } = await buildFrom(builder, {
    "a/features.yaml": flags("a", "x"),
    "b/features.yaml": flags("b"),
  });
  const { snapshot, changedNamespaces } = await buildFrom(builder, { "b/features.yaml": flags("b") }, { previous });
  t.deepEqual([...snapshot.namespaces.keys()], ["b"]);
  t.deepEqual([...changedNamespaces], ["a"]);
});

test("only features files below the environment's directory count, at any depth from one on", async (t) => {
  const files: Files = {
    "features.yaml": flags("root", "x"),
    "a/features.yaml": flags("a", "x"),
    "a/x.features.yaml": flags("no", "x"),
    "a/features.yaml.bak": flags("no", "x"),
    "a/b/c/features.yml": flags("deep", "x"),
    ".dot/features.json": JSON.stringify({ namespace: "dot" }),
    "other/features.txt": "",
  };
  const { snapshot } = await buildFrom(builder, files);
  t.deepEqual([...snapshot.namespaces.keys()], ["dot", "deep", "a"]);
  const inside = await buildFrom(builder, { ...files, "a/features.yaml": flags("a", "x") }, { directory: "a" });
  t.deepEqual([...inside.snapshot.namespaces.keys()], ["deep"]);
});

test("documents of a namespace merge in path order, a later key replaces an earlier one", async (t) => {
  const { snapshot } = await buildFrom(builder, {
    "b/features.yaml": `namespace: {key: n, name: Late}\nflags: [{key: x, name: Second, enabled: true}]\n`,
    "a-b/features.yaml": flags("n", "z"),
    "a/features.yaml": `${flags("n", "x", "y")}---\n${flags("n", "w")}`,
  });
  const namespace = snapshot.namespaces.get("n");
  t.deepEqual(keysOf(snapshot, "n"), ["x", "y", "w", "z"]);
  t.true(namespace?.flags.get("x")?.enabled);
  t.is(namespace?.name, "Late");
  t.deepEqual(namespace?.sortedKeys, ["w", "x", "y", "z"]);
  t.is(namespace?.items.flags.get("x")?.file, "b/features.yaml");
  t.deepEqual(namespace?.items.files, ["a/features.yaml", "a-b/features.yaml", "b/features.yaml"]);
  t.is(namespace?.digest.length, 32);
  // Clients get what the files hold, so both flags of the repeated key.
  const client = JSON.parse(namespace?.clientJson ?? "null") as { flags: { key: string }[] };
  t.deepEqual(
    client.flags.map(({ key }) => key),
    ["x", "y", "w", "z", "x"],
  );
});

test("a rule sees the segment as the documents up to its own define it", async (t) => {
  const rule = "rules: [{segment: s, distributions: []}]";
  const document = (body: string): string => `namespace: n\n${body}\n`;
  const { snapshot } = await buildFrom(builder, {
    "a/features.yaml": [
      document(`flags: [{key: early, name: N, ${rule}}]\nsegments: [${segment("s", "de")}]`),
      document(`flags: [{key: between, name: N, ${rule}}]`),
      document(`flags: [{key: late, name: N, ${rule}}]\nsegments: [${segment("s", "fr")}]`),
    ].join("---\n"),
  });
  const countryOf = (key: string): unknown =>
    snapshot.namespaces.get("n")?.flags.get(key)?.rules[0]?.segments[0]?.constraints[0]?.text;
  t.deepEqual(["early", "between", "late"].map(countryOf), ["de", "de", "fr"]);
});

test("a changed segment of an earlier file reaches the flags of later, unchanged files", async (t) => {
  const later = `namespace: n\nflags: [{key: x, name: N, rules: [{segment: s, distributions: []}]}]\n`;
  const files = (country: string): Files => ({
    "a/features.yaml": `namespace: n\nsegments: [${segment("s", country)}]\n`,
    "b/features.yaml": "namespace: n\n",
    "c/features.yaml": later,
  });
  const { snapshot: previous } = await buildFrom(builder, files("de"));
  const { snapshot } = await buildFrom(builder, files("fr"), { previous });
  t.is(snapshot.namespaces.get("n")?.flags.get("x")?.rules[0]?.segments[0]?.constraints[0]?.text, "fr");
});

test("malformed segments leave rules and client snapshots", async (t) => {
  const bad =
    "{key: bad, name: S, match_type: ALL_MATCH_TYPE, constraints: [{type: NUMBER_COMPARISON_TYPE, property: p, operator: eq, value: abc}]}";
  const rules = "rules: [{segment: {keys: [bad, ok, ok]}, distributions: []}, {segment: bad, distributions: []}]";
  const { snapshot } = await buildFrom(builder, {
    "n/features.yaml": `namespace: n\nflags: [{key: x, name: N, ${rules}}]\nsegments: [${bad}, ${segment("ok", "de")}]\n`,
  });
  t.deepEqual(snapshot.quarantined, []);
  const namespace = snapshot.namespaces.get("n");
  t.deepEqual(
    namespace?.flags.get("x")?.rules.map(({ segments }) => segments.map(({ key }) => key)),
    [["ok"], []],
  );
  const client = JSON.parse(namespace?.clientJson ?? "null") as {
    flags: { rules: { segments: { key: string }[] }[] }[];
  };
  t.deepEqual(
    client.flags[0]?.rules.map(({ segments }) => segments.map(({ key }) => key)),
    [["ok", "ok"], []],
  );
});

test("a bad file that cannot be read takes along what it had, and what its directory is named for", async (t) => {
  const files: Files = {
    "x/features.yaml": `${flags("a", "one")}---\n${flags("b", "two")}`,
    "c/features.yaml": flags("c", "three"),
  };
  const { snapshot: previous } = await buildFrom(builder, files);
  const binary = Buffer.from("c3280a", "hex");
  const { snapshot } = await buildFrom(builder, { ...files, "x/features.yaml": binary }, { previous });
  t.deepEqual(
    snapshot.quarantined.map(({ namespace }) => namespace),
    ["a", "b"],
  );
  t.deepEqual([keysOf(snapshot, "a"), keysOf(snapshot, "b")], [["one"], ["two"]]);
  // What it had is remembered while it stays bad.
  const again = await buildFrom(
    builder,
    { ...files, "x/features.yaml": Buffer.from("c3290a", "hex") },
    { previous: snapshot },
  );
  t.deepEqual(
    again.snapshot.quarantined.map(({ namespace }) => namespace),
    ["a", "b"],
  );
  const fresh = await buildFrom(builder, { "x/features.yaml": binary });
  t.deepEqual(
    fresh.snapshot.quarantined.map(({ namespace }) => namespace),
    ["x"],
  );
});

test("a typing error in a file's namespace does not hold up default, which the file never was", async (t) => {
  const files: Files = { "a/features.yaml": flags("a", "x"), "default/features.yaml": flags("default", "y") };
  const { snapshot: previous } = await buildFrom(builder, files);
  const mistakes = [flags("a", "x").replace("namespace", "namespce"), "<<<<<<< HEAD\n", "- a\n", "text\n"];
  for (const text of mistakes) {
    const changed = { "a/features.yaml": text, "default/features.yaml": flags("default", "z") };
    const { snapshot } = await buildFrom(builder, changed, { previous });
    t.deepEqual([...new Set(snapshot.quarantined.map(({ namespace }) => namespace))], ["a"], text);
    t.deepEqual([keysOf(snapshot, "a"), keysOf(snapshot, "default")], [["x"], ["z"]], text);
  }
});

test("a namespace of a good and a bad file stays whole at its last good state", async (t) => {
  const files: Files = { "a/features.yaml": flags("n", "one"), "b/features.yaml": flags("n", "two") };
  const { snapshot: previous } = await buildFrom(builder, files);
  const { snapshot } = await buildFrom(
    builder,
    { "a/features.yaml": flags("n", "changed"), "b/features.yaml": "namespace: n\nflags: 5\n" },
    { previous },
  );
  t.deepEqual(keysOf(snapshot, "n"), ["one", "two"]);
  const healed = await buildFrom(
    builder,
    { ...files, "a/features.yaml": flags("n", "changed") },
    { previous: snapshot },
  );
  t.deepEqual(keysOf(healed.snapshot, "n"), ["changed", "two"]);
  t.deepEqual(healed.snapshot.quarantined, []);
});

test("at a start, a bad namespace comes from the newest older state in which it is good", async (t) => {
  const good = flags("good", "g");
  const rule = "namespace: a\nflags: [{key: x, name: N, rules: [{segment: gone, distributions: []}]}]\n";
  const older: readonly Files[] = [
    { "a/features.yaml": "namespace: a\nflags: [[", "good/features.yaml": good },
    { "a/features.yaml": rule, "good/features.yaml": good },
    { "good/features.yaml": good },
    { "a/features.yaml": flags("a", "newest-good"), "good/features.yaml": flags("good", "old") },
    { "a/features.yaml": flags("a", "oldest") },
  ];
  const head: Files = { "a/features.yaml": BROKEN, "good/features.yaml": good };
  const { snapshot } = await buildFrom(builder, head, { older, revision: "c".repeat(40) });
  t.deepEqual(keysOf(snapshot, "a"), ["newest-good"]);
  t.deepEqual(keysOf(snapshot, "good"), ["g"]);
  t.deepEqual(
    snapshot.quarantined.map(({ namespace, revision }) => [namespace, revision]),
    [["a", "c".repeat(40)]],
  );
  // With a previous snapshot nobody looks back.
  const { snapshot: later } = await buildFrom(builder, head, {
    previous: snapshot,
    older: [{ "a/features.yaml": flags("a", "other") }],
  });
  t.is(later.namespaces.get("a"), snapshot.namespaces.get("a"));
  const none = await buildFrom(builder, head, { older: [] });
  t.false(none.snapshot.namespaces.has("a"));
});

test("flipt.yaml gives the commit template, in its versions, and its faults leave flags alone", async (t) => {
  const file = flags("a", "x");
  const build = (settings: string, previous?: Snapshot): ReturnType<typeof buildFrom> =>
    buildFrom(
      builder,
      { "a/features.yaml": file, "flipt.yaml": settings },
      { environment: "settings", ...(previous ? { previous } : {}) },
    );
  for (const version of [
    "",
    "version: 2\n",
    "version: 2.0\n",
    'version: "2.0"\n',
    "version: 2.0.0\n",
    'version: "1.4"\n',
  ]) {
    const { templates, snapshot } = await build(`${version}templates: {commit_message: "m {{ .Environment.Name }}"}\n`);
    t.deepEqual([templates.commitMessage, snapshot.quarantined], ["m {{ .Environment.Name }}", []], version);
  }
  t.is((await buildFrom(builder, { "flipt.yml": "templates: {commit_message: y}\n" })).templates.commitMessage, "y");
  t.is(
    (await buildFrom(builder, { "flipt.yml": "templates: {commit_message: y}\n", "flipt.yaml": "" })).templates
      .commitMessage,
    undefined,
  );
  const { snapshot: previous } = await build("templates: {commit_message: kept}\n");
  const faults: readonly [string, RegExp, string][] = [
    ['version: "3.0"\n', /^version: unsupported flipt config version: "3\.0"$/, "1:10"],
    ["version: 2.0.1\n", /unsupported/, "1:10"],
    ["version: [2]\n", /invalid flipt config version/, "1:10"],
    ['templates: {commit_message: "{{ .X"}\n', /commit_message: invalid template/, "1:29"],
    ["templates: {commit_message: 5}\n", /commit_message: conflicting values 5/, "1:29"],
    ["templates: {comit_message: x}\n", /comit_message: field not allowed/, "1:28"],
    ["templates: [", /./, "1:12"],
    ["- a\n", /must be a map/, "1:1"],
  ];
  for (const [settings, reason, at] of faults) {
    const { snapshot, templates } = await build(settings, previous);
    const [fault] = snapshot.quarantined;
    t.is(snapshot.quarantined.length, 1, settings);
    t.regex(fault?.reason ?? "", reason);
    t.deepEqual([fault?.file, fault?.namespace], ["flipt.yaml", ""]);
    t.regex(`${fault?.line}:${fault?.column}`, new RegExp(`^${at.split(":")[0]}:`), settings);
    t.is(templates.commitMessage, "kept");
    t.is(snapshot.namespaces.get("a"), previous.namespaces.get("a"));
  }
});

test("files beyond the limit are refused one by one", async (t) => {
  const files: Files = { "a/features.yaml": flags("a"), "b/features.yaml": flags("b"), "c/features.yaml": flags("c") };
  const { snapshot } = await buildFrom(builder, files, { limits: { files: 2 } });
  t.deepEqual([...snapshot.namespaces.keys()], ["a", "b"]);
  t.deepEqual(
    snapshot.quarantined.map(({ file, namespace }) => [file, namespace]),
    [["c/features.yaml", "c"]],
  );
  t.regex(snapshot.quarantined[0]?.reason ?? "", /3 features files, more than the limit of 2/);
});

test("two limits for one file do not share a result", async (t) => {
  const files: Files = { "a/features.yaml": `${flags("a")}# ${"x".repeat(100)}\n` };
  t.is((await buildFrom(builder, files)).snapshot.quarantined.length, 0);
  t.is((await buildFrom(builder, files, { limits: { fileBytes: 50 } })).snapshot.quarantined.length, 1);
  t.is((await buildFrom(builder, files)).snapshot.quarantined.length, 0);
});

test("the same files give the same snapshot, in whatever order they are listed", async (t) => {
  const files: Files = {
    "b/features.yaml": `${flags("b", "x")}segments: [${segment("s", "de")}]\n`,
    "a/features.yaml": flags("a", "y", "z"),
    "a/b/features.json": JSON.stringify({ namespace: "b", flags: [{ key: "q", name: "Q", rules: [] }] }),
  };
  const reversed = Object.fromEntries(Object.entries(files).reverse());
  const other = createSnapshotBuilder({ now: () => 1_700_000_000_000 });
  t.teardown(() => other.close());
  const [one, two] = [(await buildFrom(builder, files)).snapshot, (await buildFrom(other, reversed)).snapshot];
  t.deepEqual([...one.namespaces.keys()], [...two.namespaces.keys()]);
  for (const [key, { clientJson }] of one.namespaces) t.is(two.namespaces.get(key)?.clientJson, clientJson);
  t.deepEqual(one.files, two.files);
});

test("a file in a process gives what it gives in place", async (t) => {
  const keys = Array.from({ length: 3000 }, (_, index) => `flag-${index}`);
  const big = `${flags("n", ...keys)}segments: [${segment("s", "ü")}]\n`;
  const bad = `${flags("m", ...keys)}bogus: 1\n`;
  const { snapshot } = await buildFrom(builder, { "n/features.yaml": big, "m/features.yaml": bad });
  t.deepEqual(keysOf(snapshot, "n"), keys);
  t.is(snapshot.namespaces.get("n")?.digest.length, 40);
  t.deepEqual(
    snapshot.quarantined.map(({ file, namespace, reason, line }) => [file, namespace, reason, line]),
    [["m/features.yaml", "m", 'bogus: field not allowed; did you mean "flags"?', 3]],
  );
});

test("a file in a process has its layout when it is asked for", async (t) => {
  const big = Buffer.from(flags("n", ...Array.from({ length: 2000 }, (_, index) => `flag-${index}`)));
  const { limits, storage } = inputOf({});
  const source = { path: "n/features.yaml", oid: blobId(big), bytes: big, limits, storage };
  const file = await builder.parse(source);
  t.is(file.documents[0]?.flags.length, 2000);
  t.is(file.layout?.documents[0]?.entries.find(({ name }) => name === "flags")?.items.length, 4000);
  t.is(await builder.parse(source), file);
});

test("what is adopted is not parsed again", async (t) => {
  const content = flags("adopted", "x");
  const input = inputOf({ "a/features.yaml": content });
  const parsed = await builder.parse({
    path: "a/features.yaml",
    oid: "0".repeat(40),
    bytes: Buffer.from(content),
    limits: input.limits,
    storage: "default",
  });
  builder.adopt("a/features.yaml", blobId(content), parsed);
  const { parsedFiles, snapshot } = await builder.build(input);
  t.is(parsedFiles, 0);
  t.deepEqual(keysOf(snapshot, "adopted"), ["x"]);
});

test("a blob that the storage does not have fails the build with its name", async (t) => {
  const input = { ...inputOf({ "a/features.yaml": flags("a") }), read: async () => new Map() };
  const missing = { ...input, files: new Map([["a/features.yaml", "1".repeat(40)]]) };
  const error = await t.throwsAsync(builder.build(missing));
  t.is((error as { code?: string } | undefined)?.code, "VEXIL_UNAVAILABLE_CORRUPT");
  t.regex(error?.message ?? "", /a\/features\.yaml/);
});

test("a cancelled build ends with the reason of its signal", async (t) => {
  const input = { ...inputOf({ "z/features.yaml": flags("z", "q") }), signal: AbortSignal.abort(new Error("enough")) };
  await t.throwsAsync(builder.build(input), { message: "enough" });
});

test("a file that no process got through is tried again by the next build", async (t) => {
  const content = flags("slow", "x");
  const version = { path: "slow/features.yaml", oid: blobId(content) };
  const given = inputOf({ [version.path]: content });
  const fault = { file: version.path, line: 1, column: 1, reason: "it took longer than 1 ms", namespaces: [] };
  const answers = [
    { documents: [], faults: [fault], sha1: "" },
    { documents: [], faults: [], sha1: "a".repeat(40) },
  ];
  let asked = 0;
  const cache = new FileCache({
    parse: async () => answers[asked++] ?? { documents: [], faults: [], sha1: "" },
    layout: async () => undefined,
  });
  for (const faults of [1, 0, 0]) {
    const { files } = await cache.load([version], given);
    t.is(files[0]?.parsed.faults.length, faults);
  }
  t.is(asked, 2);
});

test("of a commit with faults by the hundred thousand every file is named, and the rest is counted", async (t) => {
  const documents = Array.from({ length: 400 }, (_, index) => `---\nnamespace: n${index}\nx: y\n`).join("");
  const files: Files = Object.fromEntries(
    Array.from({ length: 200 }, (_, index) => [`d${index}/features.yaml`, `# ${index}\n${documents}`]),
  );
  const { quarantined } = (await buildFrom(builder, files)).snapshot;
  t.true(quarantined.length <= 2_000, `${quarantined.length}`);
  t.is(new Set(quarantined.map(({ file }) => file)).size, 200);
  t.regex(quarantined.at(-1)?.reason ?? "", /\(and so in 390 more namespaces\)$/);
  const [one] = Object.entries(files);
  const alone = (await buildFrom(builder, Object.fromEntries([one ?? []]))).snapshot.quarantined;
  t.is(new Set(alone.map(({ namespace }) => namespace)).size, 400, "a file by itself is told in full");
});

test("of bad references by the ten thousand some are told, of as many namespaces as possible, and the rest is counted", async (t) => {
  const rules = "    - {segment: nobody}\n".repeat(20_000);
  const flag = (key: string): string => `flags:\n- key: ${key}\n  name: N\n  type: VARIANT_FLAG_TYPE\n  rules:\n`;
  const content = `namespace: a\n${flag("x")}${rules}---\nnamespace: b\n${flag("y")}    - {segment: nobody}\n`;
  const { quarantined } = (await buildFrom(builder, { "a/features.yaml": content })).snapshot;
  t.true(quarantined.length <= 1_000, `${quarantined.length}`);
  t.deepEqual([...new Set(quarantined.map(({ namespace }) => namespace))].sort(), ["a", "b"]);
  t.regex(quarantined.at(-1)?.reason ?? "", /\(and 19001 more bad references\)$/);
});
