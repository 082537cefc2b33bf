/** A features file with a fault, and what is said about it. */
export interface BadFile {
  readonly title: string;
  readonly content: string | Uint8Array;
  /** `features.yaml` unless said otherwise. */
  readonly name?: string;
  readonly reason: RegExp;
  /** `line:column` of the first fault. */
  readonly at?: string;
  readonly limits?: { readonly fileBytes?: number; readonly depth?: number; readonly aliases?: number };
}

/** An odd file that is fine, and what it holds. */
export interface EdgeFile {
  readonly title: string;
  readonly content: string | Uint8Array;
  readonly name?: string;
  /** Namespace → flag keys. */
  readonly flags: Readonly<Record<string, readonly string[]>>;
}

const flag = (fields: string): string => `namespace: bad\nflags:\n  - {key: f, name: F, ${fields}}\n`;
const variantFlag = (fields: string): string => flag(`variants: [{key: a}], ${fields}`);
const booleanFlag = (fields: string): string => flag(`type: BOOLEAN_FLAG_TYPE, ${fields}`);
const constraint = (fields: string, version = "1.6"): string =>
  `version: "${version}"\nnamespace: bad\nsegments:\n  - {key: s, name: S, match_type: ALL_MATCH_TYPE, constraints: [{${fields}}]}\n`;
const json = (value: unknown): string => JSON.stringify(value);
const deep = (levels: number): string => `namespace: bad\nflags: ${"[".repeat(levels)}${"]".repeat(levels)}\n`;

export const BAD_FILES: readonly BadFile[] = [
  // Syntax
  { title: "an unclosed flow list", content: "namespace: bad\nflags: [", reason: /./, at: "2:9" },
  { title: "an unclosed flow list below CR", content: "# c\rnamespace: bad\rflags: [", reason: /./, at: "3:9" },
  { title: "an unclosed quote", content: 'namespace: bad\nflags: "x\n', reason: /./ },
  { title: "two mappings on a line", content: "namespace: bad\nflags: a: b\n", reason: /./, at: "2:9" },
  { title: "a tab as indentation", content: "namespace: bad\nflags:\n\t- x\n", reason: /tab/, at: "3:1" },
  { title: "a mapping that ends early", content: "namespace: bad\n flags: []\n", reason: /./ },
  { title: "an undefined alias", content: "namespace: bad\nflags: *nothing\n", reason: /nothing/, at: "2:9" },
  { title: "an alias to itself", content: "namespace: bad\nflags: &a [*a]\n", reason: /itself/, at: "2:13" },
  { title: "an unknown tag", content: "namespace: !thing bad\n", reason: /tag/, at: "1:12" },
  { title: "a binary tag", content: "namespace: !!binary YmFk\n", reason: /tag/ },
  { title: "a tag that does not fit", content: "namespace: bad\nflags: !!int x\n", reason: /./ },
  { title: "%YAML 1.2", content: "%YAML 1.2\n---\nnamespace: bad\n", reason: /%YAML/, at: "1:1" },
  { title: "%YAML 2.0", content: "%YAML 2.0\n---\nnamespace: bad\n", reason: /./ },
  { title: "a NUL", content: "namespace: bad\u0000\n", reason: /null byte/ },
  { title: "a control character", content: "namespace: bad\nflags: \u0001\n", reason: /./ },
  { title: "a control character in a comment", content: "namespace: bad\n# \u001b\n", reason: /U\+001B/, at: "2:3" },
  { title: "a delete character", content: 'namespace: bad\n# "\u007f"\n', reason: /U\+007F/, at: "2:4" },
  { title: "an unknown directive", content: "# c\n%FOO x\n---\nnamespace: bad\n", reason: /%FOO/, at: "2:1" },
  { title: "%YAML twice", content: "%YAML 1.1\n%YAML 1.1\n---\nnamespace: bad\n", reason: /%YAML/ },
  { title: "an anchor's name with a point", content: "namespace: &a.b bad\n", reason: /anchor/, at: "1:13" },
  { title: "a merge conflict", content: "namespace: bad\n<<<<<<< HEAD\nflags: []\n=======\n>>>>>>> x\n", reason: /./ },
  { title: "a page of HTML", content: "<!DOCTYPE html>\n<html><body>Sign in</body></html>\n", reason: /./ },
  { title: "a list at the root", content: "- namespace: bad\n", reason: /map/, at: "1:1" },
  { title: "a text at the root", content: "bad\n", reason: /map/ },
  { title: "a number at the root", content: "5\n", reason: /map/ },
  {
    title: "a bad second document",
    content: "namespace: bad\n---\nnamespace: bad\nflags: 5\n",
    reason: /^flags:/,
    at: "4:8",
  },
  { title: "a second document of another kind", content: "namespace: bad\n---\n[]\n", reason: /map/, at: "3:1" },
  // Encodings
  {
    title: "bytes that are no UTF-8",
    content: Buffer.from("namespace: bad\n# \xff\n", "latin1"),
    reason: /UTF-8/,
    at: "2:3",
  },
  { title: "a cut UTF-8 sequence", content: Buffer.from("6e616d6573706163653a20626164c3", "hex"), reason: /UTF-8/ },
  { title: "UTF-16 without a mark", content: Buffer.from("namespace: bad\n", "utf16le"), reason: /./ },
  { title: "UTF-16 with half a pair", content: Buffer.from("fffe6100d800", "hex"), reason: /UTF-16|./ },
  // Duplicate keys, map keys
  { title: "a repeated key", content: "namespace: bad\nflags: []\nflags: []\n", reason: /duplicate/, at: "3:1" },
  { title: "a repeated key in a flag", content: flag("name: G"), reason: /duplicate/ },
  { title: "a repeated key once quoted", content: 'namespace: bad\n"namespace": bad\n', reason: /duplicate/ },
  { title: "a mapping as key", content: "namespace: bad\n? {a: 1}\n: 2\n", reason: /./ },
  { title: "a number as key", content: "namespace: bad\n1: 2\n", reason: /1: field not allowed/ },
  { title: "a null as key", content: "namespace: bad\n~: 2\n", reason: /field not allowed/ },
  {
    title: "__proto__ as a field",
    content: "namespace: bad\n__proto__: {flags: []}\n",
    reason: /__proto__: field not allowed/,
  },
  {
    title: "constructor as a field",
    content: "namespace: bad\nconstructor: {}\n",
    reason: /constructor: field not allowed/,
  },
  {
    title: "__proto__ in a flag",
    content: flag("__proto__: {enabled: true}"),
    reason: /flags\.0\.__proto__: field not allowed/,
  },
  // Limits
  { title: "an alias bomb", content: bomb(), reason: /aliases expand/ },
  { title: "a quadratic alias bomb", content: quadraticBomb(), reason: /aliases expand/ },
  { title: "a merge key bomb", content: mergeBomb(), reason: /aliases expand/ },
  {
    title: "aliases of one long text",
    content: `namespace: bad\na: &a ${"x".repeat(100_000)}\nb: [${"*a,".repeat(160)}]\n`,
    limits: { fileBytes: 16e6 },
    reason: /aliases expand to more than 16000000 bytes, the limit of a file \(limits\.file_bytes\)/,
  },
  {
    title: "aliases of one long text, which only the second reader reads",
    content: `namespace: bad\na: &a ${"x".repeat(100_000)}\nb: [\n${"*a,".repeat(160)}\n\t]\n`,
    limits: { fileBytes: 16e6 },
    reason: /./,
  },
  { title: "deep nesting", content: deep(100), reason: /deeper than 64/, at: "2:71" },
  { title: "very deep nesting", content: deep(100_000), reason: /deeper than 64/ },
  { title: "deep nesting by aliases", content: aliasLadder(70), reason: /deeper than 64/ },
  {
    title: "deep nesting in JSON",
    name: "features.json",
    content: `{"flags":${"[".repeat(100)}${"]".repeat(100)}}`,
    reason: /deeper than 64/,
  },
  { title: "very deep nesting in JSON", name: "features.json", content: "[".repeat(200_000), reason: /./ },
  {
    title: "a file that is too large",
    content: `namespace: bad\n# ${"x".repeat(300)}\n`,
    limits: { fileBytes: 200 },
    reason: /has 318 bytes, more than the limit of 200 \(limits\.file_bytes\)/,
  },
  // Document
  { title: "an unknown field", content: "namespace: bad\nflag: []\n", reason: /^flag: field not allowed/, at: "2:7" },
  { title: "an unquoted version", content: "version: 1.5\nnamespace: bad\n", reason: /^version:/, at: "1:10" },
  {
    title: "an unknown version",
    content: 'version: "1.7"\nnamespace: bad\n',
    reason: /^version: invalid value "1\.7"/,
  },
  { title: "version 2", content: 'version: "2.0"\nnamespace: bad\n', reason: /^version:/ },
  { title: "a null version", content: "version:\nnamespace: bad\n", reason: /^version:/ },
  { title: "an empty namespace", content: 'namespace: ""\n', reason: /^namespace:/ },
  { title: "a null namespace", content: "namespace:\nflags: []\n", reason: /^namespace:/ },
  { title: "a namespace with a slash", content: "namespace: bad/one\n", reason: /^namespace: invalid value/ },
  { title: "a namespace list", content: "namespace: [bad]\n", reason: /^namespace:/ },
  {
    title: "a namespace object with an unknown field",
    content: "namespace: {key: bad, label: x}\n",
    reason: /^namespace\.label: field not allowed/,
  },
  { title: "a namespace object with a null key", content: "namespace: {key: ~}\n", reason: /^namespace\.key:/ },
  {
    title: "a namespace with an empty name",
    content: 'namespace: {key: bad, name: ""}\n',
    reason: /^namespace\.name:/,
  },
  { title: "null flags", content: "namespace: bad\nflags:\n", reason: /^flags: .*null/ },
  { title: "flags as a map", content: "namespace: bad\nflags: {f: {}}\n", reason: /^flags: .*map/ },
  { title: "null segments", content: "namespace: bad\nsegments: ~\n", reason: /^segments:/ },
  // Flags
  { title: "a null flag", content: "namespace: bad\nflags:\n  -\n", reason: /^flags\.0:/ },
  { title: "a text flag", content: "namespace: bad\nflags: [x]\n", reason: /^flags\.0:/, at: "2:9" },
  {
    title: "a flag without key",
    content: "namespace: bad\nflags: [{name: F}]\n",
    reason: /^flags\.0\.key: field is required/,
    at: "2:9",
  },
  {
    title: "a flag without name",
    content: "namespace: bad\nflags: [{key: f}]\n",
    reason: /^flags\.0\.name: field is required/,
  },
  {
    title: "a flag with an empty name",
    content: 'namespace: bad\nflags: [{key: f, name: ""}]\n',
    reason: /^flags\.0\.name: invalid value/,
  },
  {
    title: "a flag with a name of two lines",
    content: 'namespace: bad\nflags: [{key: f, name: "a\\nb"}]\n',
    reason: /^flags\.0\.name/,
  },
  {
    title: "a flag with a numeric name",
    content: "namespace: bad\nflags: [{key: f, name: 5}]\n",
    reason: /^flags\.0\.name: conflicting values 5/,
  },
  {
    title: "a flag key with a blank",
    content: 'namespace: bad\nflags: [{key: "a b", name: F}]\n',
    reason: /^flags\.0\.key: invalid value "a b"/,
    at: "2:15",
  },
  {
    title: "a flag key with a dot",
    content: "namespace: bad\nflags: [{key: a.b, name: F}]\n",
    reason: /^flags\.0\.key/,
  },
  { title: "a numeric flag key", content: "namespace: bad\nflags: [{key: 1, name: F}]\n", reason: /^flags\.0\.key/ },
  {
    title: "enabled: yes",
    content: flag("enabled: yes"),
    reason: /^flags\.0\.enabled: conflicting values "yes" and bool/,
    at: "3:32",
  },
  { title: "enabled: on", content: flag("enabled: on"), reason: /^flags\.0\.enabled/ },
  { title: "enabled: 1", content: flag("enabled: 1"), reason: /^flags\.0\.enabled/ },
  { title: 'enabled: "true"', content: flag('enabled: "true"'), reason: /^flags\.0\.enabled/ },
  { title: "enabled: null", content: flag("enabled:"), reason: /^flags\.0\.enabled/ },
  {
    title: "an unknown flag type",
    content: flag("type: STRING_FLAG_TYPE"),
    reason: /^flags\.0\.type: invalid value "STRING_FLAG_TYPE"/,
  },
  { title: "an unknown field of a flag", content: flag("state: on"), reason: /^flags\.0\.state: field not allowed/ },
  { title: "a numeric description", content: flag("description: 5"), reason: /^flags\.0\.description/ },
  { title: "metadata as a list", content: flag("metadata: [1]"), reason: /^flags\.0\.metadata/ },
  { title: "null metadata", content: flag("metadata:"), reason: /^flags\.0\.metadata/ },
  { title: "a null in metadata", content: flag("metadata: {a: ~}"), reason: /^flags\.0\.metadata\.a: null/ },
  { title: "a large integer in metadata", content: flag("metadata: {a: 18446744073709551616}"), reason: /64 bits/ },
  { title: "NaN in metadata", content: flag("metadata: {a: .nan}"), reason: /NaN/ },
  { title: "infinity in metadata", content: flag("metadata: {a: [-.inf]}"), reason: /infinit/ },
  {
    title: "a number as key deep in metadata",
    content: flag("metadata: {a: {1: x}}"),
    reason: /^flags\.0\.metadata\.a: keys must be text/,
  },
  // Variants
  { title: "a variant without key", content: flag("variants: [{name: A}]"), reason: /^flags\.0\.variants\.0\.key/ },
  {
    title: "a variant with an empty key",
    content: flag('variants: [{key: ""}]'),
    reason: /^flags\.0\.variants\.0\.key/,
  },
  {
    title: "a text attachment",
    content: flag("variants: [{key: a, attachment: x}]"),
    reason: /^flags\.0\.variants\.0\.attachment/,
  },
  { title: "a numeric attachment", content: flag("variants: [{key: a, attachment: 5}]"), reason: /attachment/ },
  {
    title: "a number as key of an attachment",
    content: flag("variants: [{key: a, attachment: {1: x}}]"),
    reason: /keys must be text/,
  },
  { title: "a null default", content: flag("variants: [{key: a, default: ~}]"), reason: /variants\.0\.default/ },
  {
    title: "an unknown field of a variant",
    content: flag("variants: [{key: a, value: 1}]"),
    reason: /variants\.0\.value: field not allowed/,
  },
  {
    title: "a list as a variant's description",
    content: flag("variants: [{key: a, description: []}]"),
    reason: /variants\.0\.description/,
  },
  // Rules
  {
    title: "a rule without segment",
    content: variantFlag("rules: [{distributions: []}]"),
    reason: /^flags\.0\.rules\.0\.segment: field is required/,
  },
  {
    title: "a rule with a null segment",
    content: variantFlag("rules: [{segment: ~}]"),
    reason: /^flags\.0\.rules\.0\.segment/,
  },
  {
    title: "a rule with segment {key}",
    content: variantFlag("rules: [{segment: {key: s}}]"),
    reason: /segment\.key: field not allowed/,
  },
  {
    title: "a rule with segments",
    content: variantFlag("rules: [{segments: [s]}]"),
    reason: /rules\.0\.segments: field not allowed/,
  },
  {
    title: "a rule with a bad segment key",
    content: variantFlag('rules: [{segment: "a b"}]'),
    reason: /rules\.0\.segment: invalid value/,
  },
  {
    title: "an unknown operator",
    content: variantFlag("rules: [{segment: {keys: [], operator: XOR}}]"),
    reason: /segment\.operator/,
  },
  {
    title: "a rollout of 110",
    content: variantFlag("rules: [{segment: {}, distributions: [{variant: a, rollout: 110}]}]"),
    reason: /^flags\.0\.rules\.0\.distributions\.0\.rollout: invalid value 110 \(out of bound <=100\)$/,
  },
  {
    title: "a negative rollout",
    content: variantFlag("rules: [{segment: {}, distributions: [{variant: a, rollout: -1}]}]"),
    reason: /rollout: invalid value -1 \(out of bound >=0\)/,
  },
  {
    title: "a text rollout",
    content: variantFlag('rules: [{segment: {}, distributions: [{variant: a, rollout: "5"}]}]'),
    reason: /rollout: conflicting values "5" and number/,
  },
  {
    title: "a distribution without rollout",
    content: variantFlag("rules: [{segment: {}, distributions: [{variant: a}]}]"),
    reason: /rollout: field is required/,
  },
  {
    title: "a distribution without variant",
    content: variantFlag("rules: [{segment: {}, distributions: [{rollout: 1}]}]"),
    reason: /variant: field is required/,
  },
  {
    title: "null distributions",
    content: variantFlag("rules: [{segment: {}, distributions: ~}]"),
    reason: /distributions/,
  },
  // Rollouts
  {
    title: "rollouts of a variant flag",
    content: flag("rollouts: []"),
    reason: /^flags\.0\.rollouts: field not allowed/,
  },
  {
    title: "a rollout with segment and threshold",
    content: booleanFlag("rollouts: [{segment: {keys: []}, threshold: {percentage: 5}}]"),
    reason: /not both/,
  },
  {
    title: "a rollout with a bare segment",
    content: booleanFlag("rollouts: [{segment: s}]"),
    reason: /rollouts\.0\.segment/,
  },
  {
    title: "a rollout with an empty segment",
    content: booleanFlag("rollouts: [{segment: {}}]"),
    reason: /key or keys/,
  },
  {
    title: "a threshold without percentage",
    content: booleanFlag("rollouts: [{threshold: {}}]"),
    reason: /percentage: field is required/,
  },
  {
    title: "a threshold as text",
    content: booleanFlag('rollouts: [{threshold: {percentage: "5"}}]'),
    reason: /percentage/,
  },
  {
    title: "a threshold of .inf",
    content: booleanFlag("rollouts: [{threshold: {percentage: .inf}}]"),
    reason: /percentage/,
  },
  {
    title: "a threshold with value 1",
    content: booleanFlag("rollouts: [{threshold: {percentage: 5, value: 1}}]"),
    reason: /threshold\.value/,
  },
  // Segments and constraints
  {
    title: "a segment without match type",
    content: "namespace: bad\nsegments: [{key: s, name: S}]\n",
    reason: /match_type: field is required/,
  },
  {
    title: "an unknown match type",
    content: "namespace: bad\nsegments: [{key: s, name: S, match_type: SOME}]\n",
    reason: /match_type: invalid value/,
  },
  {
    title: "a segment without name",
    content: "namespace: bad\nsegments: [{key: s, match_type: ALL_MATCH_TYPE}]\n",
    reason: /name/,
  },
  {
    title: "a constraint without operator",
    content: constraint("type: STRING_COMPARISON_TYPE, property: p"),
    reason: /operator: field is required/,
  },
  {
    title: "a constraint of an unknown type",
    content: constraint("type: COLOR, property: p, operator: eq"),
    reason: /type: invalid value/,
  },
  {
    title: "an operator of another type",
    content: constraint("type: BOOLEAN_COMPARISON_TYPE, property: p, operator: eq"),
    reason: /operator: invalid value "eq"/,
  },
  {
    title: "a constraint without property",
    content: constraint("type: ENTITY_ID_COMPARISON_TYPE, operator: eq, value: a"),
    reason: /property: field is required/,
  },
  {
    title: "an unquoted number as value",
    content: constraint("type: NUMBER_COMPARISON_TYPE, property: p, operator: eq, value: 5"),
    reason: /value: conflicting values 5 and string/,
  },
  {
    title: "an unquoted boolean as value",
    content: constraint("type: STRING_COMPARISON_TYPE, property: p, operator: eq, value: true"),
    reason: /value/,
  },
  {
    title: "a null value",
    content: constraint("type: STRING_COMPARISON_TYPE, property: p, operator: eq, value: ~"),
    reason: /value/,
  },
  {
    title: "a list for eq",
    content: constraint("type: STRING_COMPARISON_TYPE, property: p, operator: eq, value: [a]"),
    reason: /value/,
  },
  {
    title: "a text for isoneof in 1.6",
    content: constraint(`type: STRING_COMPARISON_TYPE, property: p, operator: isoneof, value: '["a"]'`),
    reason: /value: .*list/,
  },
  {
    title: "a list for isoneof in 1.5",
    content: constraint("type: STRING_COMPARISON_TYPE, property: p, operator: isoneof, value: [a]", "1.5"),
    reason: /value/,
  },
  {
    title: "no value for isoneof in 1.5",
    content: constraint("type: STRING_COMPARISON_TYPE, property: p, operator: isoneof", "1.5"),
    reason: /value: field is required/,
  },
  {
    title: "numbers in a list of texts",
    content: constraint("type: STRING_COMPARISON_TYPE, property: p, operator: isoneof, value: [a, 5]"),
    reason: /value\.1: conflicting values 5/,
  },
  {
    title: "texts in a list of numbers",
    content: constraint('type: NUMBER_COMPARISON_TYPE, property: p, operator: isoneof, value: [1, "2"]'),
    reason: /value\.1/,
  },
  {
    title: "a null in a list",
    content: constraint("type: STRING_COMPARISON_TYPE, property: p, operator: isoneof, value: [~]"),
    reason: /value\.0/,
  },
  // Versions
  {
    title: "a flag type in 1.0",
    content: `version: "1.0"\n${booleanFlag("enabled: true")}`,
    reason: /^flags\.0\.type: field not allowed before version 1\.1/,
  },
  {
    title: "metadata in 1.2",
    content: `version: "1.2"\n${flag("metadata: {a: b}")}`,
    reason: /metadata: field not allowed before version 1\.3/,
  },
  {
    title: "a default variant in 1.2",
    content: `version: "1.2"\n${flag("variants: [{key: a, default: true}]")}`,
    reason: /default: field not allowed before version 1\.3/,
  },
  // References
  {
    title: "an unknown segment in a rule",
    content: variantFlag("rules: [{segment: s}]"),
    reason: /^flag bad\/f rule 1 references unknown segment "s"$/,
    at: "3:63",
  },
  {
    title: "an unknown segment in a rollout",
    content: booleanFlag("rollouts: [{}, {segment: {key: s}}]"),
    reason: /^flag bad\/f rule 2 references unknown segment "s"$/,
  },
  {
    title: "an unknown variant",
    content: variantFlag("rules: [{segment: {}, distributions: [{variant: z, rollout: 1}]}]"),
    reason: /^flag bad\/f rule 1 references unknown variant "z"$/,
  },
  {
    title: "a segment of a later document",
    content: `${variantFlag("rules: [{segment: s}]")}---\nnamespace: bad\nsegments: [{key: s, name: S, match_type: ALL_MATCH_TYPE}]\n`,
    reason: /unknown segment "s"/,
  },
  {
    title: "a segment of another namespace",
    content: variantFlag("rules: [{segment: everybody}]"),
    reason: /unknown segment "everybody"/,
  },
  {
    title: "a segment named like a property of objects",
    content: variantFlag("rules: [{segment: constructor}]"),
    reason: /unknown segment "constructor"/,
  },
  // JSON
  {
    title: "JSON in UTF-16",
    name: "features.json",
    content: Buffer.from(`\ufeff${json({ namespace: "bad" })}`, "utf16le"),
    reason: /JSON/,
  },
  { title: "a broken rank", content: variantFlag("rules: [{segment: {keys: []}, rank: 1.5}]"), reason: /rank: .*int/ },
  { title: "JSON with a mark", name: "features.json", content: `\ufeff${json({ namespace: "bad" })}`, reason: /JSON/ },
  {
    title: "JSON with a comment",
    name: "features.json",
    content: '{"namespace":"bad" /* x */}',
    reason: /comment/i,
    at: "1:20",
  },
  {
    title: "JSON with a trailing comma",
    name: "features.json",
    content: '{"namespace":"bad",}',
    reason: /JSON/,
    at: "1:20",
  },
  {
    title: "JSON with a repeated key",
    name: "features.json",
    content: '{"namespace":"bad","namespace":"bad"}',
    reason: /duplicate/,
    at: "1:20",
  },
  { title: "two JSON values", name: "features.json", content: '{"namespace":"bad"} {}', reason: /JSON/ },
  { title: "an empty JSON file", name: "features.json", content: "", reason: /JSON/ },
  { title: "null in a JSON file", name: "features.json", content: "null", reason: /map/ },
  { title: "YAML in a JSON file", name: "features.json", content: "namespace: bad\n", reason: /JSON/ },
  { title: "single quotes in JSON", name: "features.json", content: "{'namespace':'bad'}", reason: /JSON/ },
  {
    title: "a bare segment in JSON",
    name: "features.json",
    content: json({ namespace: "bad", flags: [{ key: "f", name: "F", rules: [{ segment: "s" }] }] }),
    reason: /rules\.0\.segment/,
  },
  {
    title: "a segment without keys in JSON",
    name: "features.json",
    content: json({ namespace: "bad", flags: [{ key: "f", name: "F", rules: [{ segment: {} }] }] }),
    reason: /segment\.keys/,
  },
  {
    title: "__proto__ in a JSON file",
    name: "features.json",
    content: '{"namespace":"bad","__proto__":{"flags":[]}}',
    reason: /__proto__: field not allowed/,
  },
];

export const EDGE_FILES: readonly EdgeFile[] = [
  { title: "an empty file", content: "", flags: {} },
  { title: "only comments", content: "# nothing\n# here\n", flags: {} },
  { title: "only a document end", content: "...\n", flags: {} },
  { title: "an empty document", content: "---\n", flags: { default: [] } },
  { title: "an empty document with a comment", content: "---\n# nothing\n", flags: { default: [] } },
  { title: "an empty map", content: "{}\n", flags: { default: [] } },
  { title: "an empty document at the end", content: "namespace: bad\n---\n", flags: { bad: [], default: [] } },
  {
    title: "several documents",
    content:
      "namespace: bad\n---\nnamespace: two\nflags: [{key: x, name: X}]\n...\n---\nnamespace: bad\nflags: [{key: y, name: Y}]\n",
    flags: { bad: ["y"], two: ["x"] },
  },
  { title: "a namespace object without key", content: "namespace: {name: N}\n", flags: { default: [] } },
  {
    title: "a percent sign at the beginning of a line of a text",
    content: "namespace: ok\nflags:\n  - key: f\n    name: F\n    description: |\n      %\n      # %FOO\n",
    flags: { ok: ["f"] },
  },
  {
    title: "digits that begin with a zero and are not octal: a text",
    content: "namespace: ok\nflags: [{key: f, name: 08901, description: +09, variants: [{key: 0_8}]}]\n",
    flags: { ok: ["f"] },
  },
  { title: "a byte order mark", content: "\ufeffnamespace: bad\n", flags: { bad: [] } },
  {
    title: "UTF-16 little endian",
    content: Buffer.from("\ufeffnamespace: bad\nflags: [{key: x, name: ü}]\n", "utf16le"),
    flags: { bad: ["x"] },
  },
  {
    title: "UTF-16 big endian",
    content: Buffer.from("\ufeffnamespace: bad\n", "utf16le").swap16(),
    flags: { bad: [] },
  },
  { title: "CRLF", content: "namespace: bad\r\nflags:\r\n  - key: x\r\n    name: X\r\n", flags: { bad: ["x"] } },
  { title: "CR", content: "namespace: bad\rflags:\r  - key: x\r    name: X\r", flags: { bad: ["x"] } },
  {
    title: "tabs in a flow collection",
    content: "namespace: bad\nflags: [\n\t{\tkey: x,\tname:\tX }\t]\n",
    flags: { bad: ["x"] },
  },
  {
    title: "a closing bracket at the left margin",
    content: "namespace: bad\nflags: [\n  {key: x, name: X}, # one\n  {key: y, name: Y},\n]\n",
    flags: { bad: ["x", "y"] },
  },
  {
    title: "flow collections without indentation",
    content: "namespace: bad\nflags: [\n{key: x,\nname: X}\n]\n",
    flags: { bad: ["x"] },
  },
  { title: "%YAML 1.1", content: "%YAML 1.1\n---\nnamespace: bad\n", flags: { bad: [] } },
  {
    title: "anchors and merge keys",
    content:
      "namespace: bad\nflags:\n  - &a {key: x, name: X, enabled: true}\n  - {<<: *a, key: y}\n  - {<<: [*a], key: z}\n",
    flags: { bad: ["x", "y", "z"] },
  },
  {
    title: "explicit tags",
    content: "namespace: !!str bad\nflags: !!seq [!!map {key: !!str 5, name: !!str true}]\n",
    flags: { bad: ["5"] },
  },
  {
    title: "unquoted dates as names",
    content: "namespace: bad\nflags: [{key: x, name: 2024-01-02}]\n",
    flags: { bad: ["x"] },
  },
  {
    title: "null descriptions and a null attachment",
    content: flag("description: ~, variants: [{key: a, description: null, attachment: ~}]"),
    flags: { bad: ["f"] },
  },
  { title: "numbers as keys of metadata", content: flag("metadata: {1: x, true: y}"), flags: { bad: ["f"] } },
  { title: "a rollout with nothing in it", content: booleanFlag("rollouts: [{}]"), flags: { bad: ["f"] } },
  {
    title: "a null operator",
    content: variantFlag("rules: [{segment: {keys: [], operator: ~}}]"),
    flags: { bad: ["f"] },
  },
  { title: "a rank", content: variantFlag("rules: [{segment: {keys: []}, rank: 7}]"), flags: { bad: ["f"] } },
  { title: "rules of a boolean flag", content: booleanFlag("rules: [], variants: []"), flags: { bad: ["f"] } },
  {
    title: "a malformed constraint",
    content: constraint("type: NUMBER_COMPARISON_TYPE, property: p, operator: eq, value: abc"),
    flags: { bad: [] },
  },
  {
    title: "isoneof without value in 1.6",
    content: constraint("type: STRING_COMPARISON_TYPE, property: p, operator: isoneof"),
    flags: { bad: [] },
  },
  {
    title: "an odd list text in 1.5",
    content: constraint("type: STRING_COMPARISON_TYPE, property: p, operator: isoneof, value: oops", "1.5"),
    flags: { bad: [] },
  },
  {
    title: "numbers in all notations",
    content: flag("metadata: {a: 0x10, b: 0o17, c: 017, d: 0b11, e: 1_000, f: 1e3, g: .5, h: 18446744073709551615}"),
    flags: { bad: ["f"] },
  },
  {
    title: "a repeated flag key",
    content: "namespace: bad\nflags: [{key: x, name: X}, {key: x, name: Y}]\n",
    flags: { bad: ["x"] },
  },
  {
    title: "a segment of an earlier document",
    content: `namespace: bad\nsegments: [{key: s, name: S, match_type: ALL_MATCH_TYPE}]\n---\n${variantFlag("rules: [{segment: s}]")}`,
    flags: { bad: ["f"] },
  },
  {
    title: "__proto__ in metadata and attachments",
    content: flag(
      "metadata: {__proto__: {a: 1}}, variants: [{key: __proto__, attachment: {__proto__: {polluted: true}}}]",
    ),
    flags: { bad: ["f"] },
  },
  {
    title: "keys named like properties of objects",
    content:
      "namespace: bad\nflags: [{key: constructor, name: X}, {key: __proto__, name: Y}, {key: toString, name: Z}]\n",
    flags: { bad: ["constructor", "__proto__", "toString"] },
  },
  {
    title: "JSON",
    name: "features.json",
    content: json({ namespace: "bad", flags: [{ key: "x", name: "X" }] }),
    flags: { bad: ["x"] },
  },
  {
    title: "JSON over several lines",
    name: "features.json",
    content: '{\n\t"namespace": "bad",\n\t"flags": [\n\t]\n}\n',
    flags: { bad: [] },
  },
  { title: "the short file ending", name: "features.yml", content: "namespace: bad\n", flags: { bad: [] } },
];

function bomb(): string {
  const lines = ["namespace: bad", 'a0: &a0 ["x","x","x","x","x","x","x","x","x"]'];
  for (let level = 1; level < 9; level += 1) {
    lines.push(
      `a${level}: &a${level} [${Array(9)
        .fill(`*a${level - 1}`)
        .join(",")}]`,
    );
  }
  return lines.join("\n");
}

function quadraticBomb(): string {
  return `namespace: bad\na: &a [${Array(300).fill("x").join(",")}]\nb: [${Array(300).fill("*a").join(",")}]\n`;
}

function mergeBomb(): string {
  const keys = Array.from({ length: 300 }, (_, index) => `k${index}: 1`).join(", ");
  return `namespace: bad\na: &a {${keys}}\nb: [${Array(300).fill("{<<: *a}").join(",")}]\n`;
}

function aliasLadder(levels: number): string {
  const lines = ["namespace: bad", "a0: &a0 [x]"];
  for (let level = 1; level < levels; level += 1) lines.push(`a${level}: &a${level} [*a${level - 1}]`);
  return lines.join("\n");
}
