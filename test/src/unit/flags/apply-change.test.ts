import { createSnapshotBuilder } from "@vexil/flags/create-snapshot-builder";
import type { Change } from "@vexil/flags/edit/change";
import type { Flag, Rollout, Segment } from "@vexil/flags/read/document";
import test from "ava";
import { applyChange, MemoryView } from "../../helpers/flags/memory-view.js";
import { exampleFiles } from "../../helpers/flags/published-files.js";

const builder = createSnapshotBuilder({ processes: 1 });
test.after.always(() => builder.close());

const open = (files: Readonly<Record<string, string | Uint8Array>>, directory?: string): Promise<MemoryView> =>
  MemoryView.of(builder, files, directory);

async function apply(view: MemoryView, change: Change): Promise<MemoryView> {
  return view.after((await applyChange(change, view)).files);
}

const flag = (key: string, more: Partial<Flag> = {}): Flag => ({
  key,
  name: key.toUpperCase(),
  type: "BOOLEAN_FLAG_TYPE",
  description: "",
  enabled: false,
  variants: [],
  rules: [],
  rollouts: [],
  ...more,
});

const segment = (key: string, more: Partial<Segment> = {}): Segment => ({
  key,
  name: key,
  description: "",
  matchType: "ALL_MATCH_TYPE",
  constraints: [],
  ...more,
});

const putFlag = (mode: "create" | "update", namespace: string, item: Flag): Change => ({
  type: "put-flag",
  mode,
  namespace,
  key: item.key,
  flag: item,
});

const putSegment = (mode: "create" | "update", namespace: string, item: Segment): Change => ({
  type: "put-segment",
  mode,
  namespace,
  key: item.key,
  segment: item,
});

const inSegment = (key: string): Rollout => ({
  description: "",
  segment: { segments: [key], segmentOperator: "OR_SEGMENT_OPERATOR", value: true },
});

const textOf = (view: MemoryView, path: string): string => view.text(path) ?? "";

const flagOf = (view: MemoryView, key: string, namespace = "default"): Flag => {
  const found = view.snapshot.namespaces.get(namespace)?.items.flags.get(key)?.flag;
  if (found === undefined) throw new Error(`no flag ${namespace}/${key}`);
  return found;
};

test("a list item loses its last line while others are put below it", async (t) => {
  const text = (eol: string) =>
    [
      "segments:",
      "  - key: s",
      "    name: s",
      "    constraints:",
      "      - type: NUMBER_COMPARISON_TYPE",
      "        property: age # years",
      "        operator: gte",
      "        value: '18'",
      "    match_type: ALL_MATCH_TYPE",
      "",
    ].join(eol);
  const constraint = { type: "STRING_COMPARISON_TYPE", property: "age", value: "", description: "" } as const;
  const changed = segment("s", {
    constraints: [
      { ...constraint, operator: "empty", description: "none" },
      { ...constraint, operator: "notempty" },
    ],
  });
  for (const eol of ["\n", "\r\n", "\r"]) {
    const view = await open({ "default/features.yaml": text(eol) });
    const after = await apply(view, putSegment("update", "default", changed));
    t.deepEqual(textOf(after, "default/features.yaml").split(eol), [
      "segments:",
      "  - key: s",
      "    name: s",
      "    constraints:",
      "      - type: STRING_COMPARISON_TYPE",
      "        property: age # years",
      "        operator: empty",
      "        description: none",
      "      - type: STRING_COMPARISON_TYPE",
      "        property: age",
      "        operator: notempty",
      "    match_type: ALL_MATCH_TYPE",
      "",
    ]);
    const read = await open({ "default/features.yaml": textOf(after, "default/features.yaml") });
    t.deepEqual(read.snapshot.namespaces.get("default")?.items.segments.get("s")?.segment, changed);
  }
});

test("all keys of a map change, or its first one", async (t) => {
  const lines = ["flags:", "  - key: f", "    name: F", "    metadata: # who", "      tier: 1 # one", "      zone: 2"];
  const view = await open({ "default/features.yaml": [...lines, "    rules: []", ""].join("\n") });
  for (const metadata of [
    { a: 1, b: [2] },
    { zone: 2, a: 3 },
    { a: 1, tier: 1, zone: 2 },
    { x: { y: 1 } },
    { zone: 2 },
  ]) {
    const changed = flag("f", { type: "VARIANT_FLAG_TYPE", enabled: true, metadata });
    const after = await apply(view, putFlag("update", "default", changed));
    const read = await open({ "default/features.yaml": textOf(after, "default/features.yaml") });
    t.deepEqual(flagOf(read, "f"), changed, textOf(after, "default/features.yaml"));
  }
});

test("a rollout without segments stays when its neighbour's anchor is written out, and cannot be asked for", async (t) => {
  const text = `flags:
  - key: e
    name: E
    type: BOOLEAN_FLAG_TYPE
    rollouts: [{segment: {keys: []}}, &half {threshold: {percentage: 50}}]
  - &x
    key: x
    name: X
    type: BOOLEAN_FLAG_TYPE
    rollouts: [*half]
  - {<<: *x, key: y}
`;
  const view = await open({ "default/features.yaml": text });
  const after = await apply(view, putFlag("update", "default", flag("x", { enabled: true })));
  const read = await open({ "default/features.yaml": textOf(after, "default/features.yaml") });
  for (const key of ["e", "y"]) t.deepEqual(flagOf(read, key), flagOf(view, key));
  const rollouts = [
    { ...inSegment("x"), segment: { segments: [], segmentOperator: "OR_SEGMENT_OPERATOR" as const, value: true } },
  ];
  await t.throwsAsync(apply(view, putFlag("update", "default", flag("x", { rollouts }))), {
    code: "VEXIL_VALIDATION_REQUEST",
    message: "putting flag default/x: rollouts.0.segment: either key or keys is required",
  });
});

test("rules without segments are written to YAML and JSON", async (t) => {
  const rules = [{ segments: [], segmentOperator: "AND_SEGMENT_OPERATOR" as const, distributions: [] }];
  for (const [name, text] of [
    ["default/features.yaml", "flags: []\n"],
    ["default/features.json", '{"flags": []}'],
  ] as const) {
    const changed = flag("f", { type: "VARIANT_FLAG_TYPE", rules });
    const after = await apply(await open({ [name]: text }), putFlag("create", "default", changed));
    t.deepEqual(flagOf(await open({ [name]: textOf(after, name) }), "f"), changed, name);
  }
});

test("what is served after a write is what the file says", async (t) => {
  const before = [
    "flags:",
    "  - key: f",
    "    name: F",
    "    type: BOOLEAN_FLAG_TYPE",
    "    metadata: {}",
    "    rollouts: []",
    "",
  ].join("\n");
  const attachment = { million: 1e6, large: 1e20, largest: 2 ** 63, small: -1e19 };
  for (const [name, content] of [
    ["default/features.yaml", before],
    [
      "default/features.json",
      '{"flags": [{"key": "f", "name": "F", "type": "BOOLEAN_FLAG_TYPE", "metadata": {}, "rollouts": []}]}',
    ],
    [
      "default/features.json",
      JSON.stringify(
        { flags: [{ key: "f", name: "F", type: "BOOLEAN_FLAG_TYPE", metadata: {}, rollouts: [] }] },
        null,
        2,
      ),
    ],
  ] as const) {
    let view = await open({ [name]: content });
    view = await apply(
      view,
      putFlag("update", "default", {
        ...flag("f", { type: "VARIANT_FLAG_TYPE", metadata: {} }),
        variants: [
          { key: "a", name: "", description: "", default: false, attachment: null },
          { key: "b", name: "", description: "", default: false, attachment },
        ],
      }),
    );
    view = await apply(
      view,
      putSegment("create", "default", {
        ...segment("s"),
        constraints: [
          {
            type: "STRING_COMPARISON_TYPE",
            property: "p",
            operator: "isoneof",
            value: '[ "b", "a" ]',
            description: "",
          },
          {
            type: "NUMBER_COMPARISON_TYPE",
            property: "p",
            operator: "isoneof",
            value: "[2, 10, 1e19]",
            description: "",
          },
        ],
      }),
    );
    const read = await open({ [name]: textOf(view, name) });
    const { flags, segments } = view.snapshot.namespaces.get("default")!.items;
    t.deepEqual(read.snapshot.namespaces.get("default")!.items.flags.get("f")!.flag, flags.get("f")!.flag, name);
    t.deepEqual(read.snapshot.namespaces.get("default")!.items.segments.get("s")!.segment, segments.get("s")!.segment);
    t.false("metadata" in flags.get("f")!.flag);
    t.false("attachment" in flags.get("f")!.flag.variants[0]!);
    t.deepEqual(flags.get("f")!.flag.variants[1]!.attachment, attachment);
    t.is(segments.get("s")!.segment.constraints[0]!.value, '["a","b"]');
    t.notRegex(textOf(view, name), /rollouts|metadata/);
  }
});

test("the writes of the golden examples E50 to E52 leave the file that stands there", async (t) => {
  let view = await open(exampleFiles());
  view = await apply(view, {
    type: "put-namespace",
    mode: "create",
    key: "team-a",
    name: "Team A",
    description: "Team A flags",
  });
  view = await apply(
    view,
    putSegment("create", "team-a", {
      ...segment("internal", { name: "Internal" }),
      constraints: [
        {
          type: "STRING_COMPARISON_TYPE",
          property: "email",
          operator: "suffix",
          value: "@example.com",
          description: "",
        },
        {
          type: "STRING_COMPARISON_TYPE",
          property: "role",
          operator: "isoneof",
          value: '["ops","dev"]',
          description: "",
        },
      ],
    }),
  );
  view = await apply(
    view,
    putFlag("create", "team-a", {
      ...flag("dark-mode", { name: "Dark mode", description: "toggle", metadata: { owner: "web", tier: 1 } }),
      rollouts: [
        { ...inSegment("internal"), description: "staff" },
        { description: "", threshold: { percentage: 12.5, value: true } },
      ],
    }),
  );
  t.is(
    view.text("team-a/features.yaml"),
    `version: '1.6'
namespace:
  key: team-a
  name: Team A
  description: Team A flags
flags:
  - key: dark-mode
    name: Dark mode
    type: BOOLEAN_FLAG_TYPE
    description: toggle
    enabled: false
    metadata:
      owner: web
      tier: 1
    rollouts:
      - description: staff
        segment:
          keys:
            - internal
          operator: OR_SEGMENT_OPERATOR
          value: true
      - threshold:
          percentage: 12.5
          value: true
segments:
  - key: internal
    name: Internal
    constraints:
      - type: STRING_COMPARISON_TYPE
        property: email
        operator: suffix
        value: '@example.com'
      - type: STRING_COMPARISON_TYPE
        property: role
        operator: isoneof
        value:
          - dev
          - ops
    match_type: ALL_MATCH_TYPE
`,
  );
  const removed = await applyChange({ type: "delete-namespace", key: "team-a" }, view);
  t.deepEqual([...removed.files], [["team-a/features.yaml", undefined]]);
  t.deepEqual(removed.subject, ["team-a/features.yaml"]);
});

test("writing what is there already changes no byte", async (t) => {
  const view = await open(exampleFiles());
  for (const [namespace, { items }] of view.snapshot.namespaces) {
    for (const { flag: item } of items.flags.values()) {
      const { files, build } = await applyChange(putFlag("update", namespace, item), view);
      t.deepEqual([...files], [], item.key);
      t.is(build, undefined);
    }
    for (const { segment: item } of items.segments.values()) {
      t.deepEqual([...(await applyChange(putSegment("update", namespace, item), view)).files], [], item.key);
    }
  }
});

const SOURCE = `# The flags of the shop.
version: "1.6" # do not raise
namespace: default

flags:
  # Shown to everyone in autumn.
  - key: banner # the big one
    name: 'Banner'   # as marketing calls it
    type: BOOLEAN_FLAG_TYPE
    # off until the launch
    enabled: false # <- here
    rollouts:
      # half of them
      - threshold: {percentage: 50, value: true} # coin

  # Colours.
  - {key: theme, name: Theme, enabled: true, variants: [{key: a}, {key: b, attachment: {x: 1}}]} # short

# Who.
segments:
- key: beta   # list at the margin
  name: Beta
  match_type: ANY_MATCH_TYPE
# The end.
`;

interface Edit {
  readonly title: string;
  readonly change: (view: MemoryView) => Change;
  /** Line of the source (from 0) → what it becomes; undefined: it goes. A text with line breaks adds lines. */
  readonly lines: Readonly<Record<number, string | undefined>>;
}

const edits: readonly Edit[] = [
  {
    title: "a switch",
    change: (view) => putFlag("update", "default", { ...flagOf(view, "banner"), enabled: true }),
    lines: { 10: "    enabled: true # <- here" },
  },
  {
    title: "a name in quotes",
    change: (view) => putFlag("update", "default", { ...flagOf(view, "banner"), name: "Big: banner" }),
    lines: { 7: "    name: 'Big: banner'   # as marketing calls it" },
  },
  {
    title: "a new field in its place",
    change: (view) => putFlag("update", "default", { ...flagOf(view, "banner"), description: "d" }),
    lines: { 8: "    type: BOOLEAN_FLAG_TYPE\n    description: d" },
  },
  {
    title: "a number deep inside",
    change: (view) =>
      putFlag("update", "default", {
        ...flagOf(view, "banner"),
        rollouts: [{ description: "", threshold: { percentage: 12.5, value: true } }],
      }),
    lines: { 13: "      - threshold: {percentage: 12.5, value: true} # coin" },
  },
  {
    title: "one more rollout",
    change: (view) =>
      putFlag("update", "default", {
        ...flagOf(view, "banner"),
        rollouts: [...flagOf(view, "banner").rollouts, inSegment("beta")],
      }),
    lines: {
      13: `      - threshold: {percentage: 50, value: true} # coin
      - segment:
          keys:
            - beta
          operator: OR_SEGMENT_OPERATOR
          value: true`,
    },
  },
  {
    title: "no rollouts left",
    change: (view) => putFlag("update", "default", { ...flagOf(view, "banner"), rollouts: [] }),
    lines: { 11: undefined, 12: undefined, 13: undefined },
  },
  {
    title: "an item on one line",
    change: (view) =>
      putFlag("update", "default", {
        ...flagOf(view, "theme"),
        description: "Hues",
        enabled: false,
        variants: flagOf(view, "theme").variants.slice(1),
      }),
    lines: {
      16: "  - {key: theme, name: Theme, description: Hues, enabled: false, variants: [{key: b, attachment: {x: 1}}]} # short",
    },
  },
  {
    title: "a new flag",
    change: () => putFlag("create", "default", flag("new", { name: "yes" })),
    lines: {
      16: `  - {key: theme, name: Theme, enabled: true, variants: [{key: a}, {key: b, attachment: {x: 1}}]} # short
  - key: new
    name: 'yes'
    type: BOOLEAN_FLAG_TYPE
    enabled: false`,
    },
  },
  {
    title: "a new segment",
    change: () => putSegment("create", "default", segment("de", { description: "it's" })),
    lines: {
      22: `  match_type: ANY_MATCH_TYPE
- key: de
  name: de
  description: "it's"
  match_type: ALL_MATCH_TYPE`,
    },
  },
  {
    title: "the first flag removed",
    change: () => ({ type: "delete-flag", namespace: "default", key: "banner" }),
    lines: {
      6: undefined,
      7: undefined,
      8: undefined,
      9: undefined,
      10: undefined,
      11: undefined,
      12: undefined,
      13: undefined,
    },
  },
  {
    title: "the last flag removed",
    change: () => ({ type: "delete-flag", namespace: "default", key: "theme" }),
    lines: { 16: undefined },
  },
  {
    title: "the only segment removed",
    change: () => ({ type: "delete-segment", namespace: "default", key: "beta" }),
    lines: { 19: "segments: []", 20: undefined, 21: undefined, 22: undefined },
  },
  {
    title: "a flag that is not there removed",
    change: () => ({ type: "delete-flag", namespace: "default", key: "nope" }),
    lines: {},
  },
  {
    title: "a name for the namespace",
    change: () => ({ type: "put-namespace", mode: "update", key: "default", name: "Shop", description: "" }),
    lines: { 2: "namespace:\n  key: default\n  name: Shop" },
  },
];

for (const { title, change, lines } of edits) {
  for (const [ending, eol] of [
    ["LF", "\n"],
    ["CRLF", "\r\n"],
    ["CR", "\r"],
  ] as const) {
    test(`only what changes is touched, with ${ending}: ${title}`, async (t) => {
      const path = "default/features.yaml";
      const source = SOURCE.replaceAll("\n", eol);
      const view = await open({ [path]: source });
      t.deepEqual(view.snapshot.quarantined, []);
      const after = await apply(view, change(view));
      const expected = SOURCE.split("\n").flatMap((line, index) =>
        index in lines ? (lines[index]?.split("\n") ?? []) : [line],
      );
      t.deepEqual(
        after.text(path)?.split(eol),
        expected.flatMap((line) => line.split("\n")),
      );
      const fresh = await open({ [path]: after.text(path) ?? "" });
      t.deepEqual(fresh.snapshot.quarantined, []);
      t.deepEqual(fresh.snapshot.namespaces.get("default")?.items, after.snapshot.namespaces.get("default")?.items);
    });
  }
}

test("an item may lose its last lines while another is put in behind it", async (t) => {
  for (const eol of ["\n", "\r\n"]) {
    const text = [
      "flags:",
      "  - key: one",
      "    name: One",
      "    variants:",
      "      - key: a",
      "        name: A",
      "        attachment: # long",
      "          x: 1",
      "segments: []",
      "",
    ].join(eol);
    const variants = [
      { key: "a", name: "", description: "", default: false },
      { key: "b", name: "", description: "", default: false },
    ];
    let view = await open({ "default/features.yaml": text });
    view = await apply(view, putFlag("update", "default", flag("one", { name: "One", variants })));
    t.deepEqual(flagOf(view, "one").variants, variants);
    t.regex(view.text("default/features.yaml") ?? "", /variants:\r?\n {6}- key: a\r?\n {6}- key: b\r?\n/);
  }
});

test("whole numbers beyond 64 bits are written as the floats they are, an empty map of metadata is not", async (t) => {
  for (const text of ["flags: []\n", '{\n  "flags": []\n}\n']) {
    const path = text.startsWith("{") ? "default/features.json" : "default/features.yaml";
    let view = await open({ [path]: text });
    const metadata = { big: 313118418680418500000, least: -(2 ** 63), plain: 2 ** 53 };
    view = await apply(view, putFlag("create", "default", flag("one", { metadata })));
    view = await apply(view, putFlag("create", "default", flag("two", { metadata: {} })));
    t.deepEqual(flagOf(view, "one").metadata, metadata);
    t.is(flagOf(view, "two").metadata, undefined);
    t.regex(view.text(path) ?? "", /3\.131184186804185e\+20/);
  }
});

test("JSON that is indented by tabs gets tabs", async (t) => {
  const path = "default/features.json";
  const text = (...flags: readonly object[]): string =>
    `${JSON.stringify({ version: "1.5", flags, segments: [{ key: "s", name: "S", match_type: "ALL_MATCH_TYPE" }] }, null, "\t")}\n`;
  const one = { key: "one", name: "ONE", type: "BOOLEAN_FLAG_TYPE", enabled: false };
  const rollouts = [{ segment: { keys: ["s"], operator: "OR_SEGMENT_OPERATOR", value: true } }];
  let view = await open({ [path]: text(one) });
  view = await apply(view, putFlag("update", "default", flag("one", { rollouts: [inSegment("s")] })));
  t.is(view.text(path), text({ ...one, rollouts }));
  view = await apply(view, putFlag("create", "default", flag("two", { rollouts: [inSegment("s")] })));
  t.is(view.text(path), text({ ...one, rollouts }, { ...one, key: "two", name: "TWO", rollouts }));
});

test("JSON files stay JSON, in their own layout", async (t) => {
  const path = "default/features.json";
  const spread = `{
    "version": "1.5",
    "flags": [
        {"key": "a", "name": "A", "enabled": false},
        {
            "key": "b",
            "name": "B"
        }
    ]
}
`;
  let view = await open({ [path]: spread });
  view = await apply(view, putFlag("update", "default", { ...flagOf(view, "a"), enabled: true, description: "x" }));
  view = await apply(view, putFlag("update", "default", { ...flagOf(view, "b"), description: "y" }));
  view = await apply(view, putSegment("create", "default", segment("s")));
  view = await apply(view, putFlag("create", "default", flag("c", { rollouts: [inSegment("s")] })));
  t.is(
    view.text(path),
    `{
    "version": "1.5",
    "flags": [
        {"key": "a", "name": "A", "description": "x", "enabled": true},
        {
            "key": "b",
            "name": "B",
            "description": "y"
        },
        {
            "key": "c",
            "name": "C",
            "type": "BOOLEAN_FLAG_TYPE",
            "enabled": false,
            "rollouts": [
                {
                    "segment": {
                        "keys": [
                            "s"
                        ],
                        "operator": "OR_SEGMENT_OPERATOR",
                        "value": true
                    }
                }
            ]
        }
    ],
    "segments": [
        {
            "key": "s",
            "name": "s",
            "match_type": "ALL_MATCH_TYPE"
        }
    ]
}
`,
  );
  let short = await open({ [path]: '{"flags":[{"key":"a","name":"A"}]}' });
  short = await apply(short, { type: "delete-flag", namespace: "default", key: "a" });
  t.is(short.text(path), '{"flags":[]}');
  short = await apply(short, putFlag("create", "default", flag("z")));
  t.is(short.text(path), '{"flags":[{"key":"z","name":"Z","type":"BOOLEAN_FLAG_TYPE","enabled":false}]}');
});

test("JSON without spaces gets none, and where a map or list has them its new parts do", async (t) => {
  const path = "default/features.json";
  const one = { key: "one", name: "ONE", type: "BOOLEAN_FLAG_TYPE", enabled: false };
  const segments = [{ key: "s", name: "S", match_type: "ALL_MATCH_TYPE" }];
  const rollouts = [{ segment: { keys: ["s"], operator: "OR_SEGMENT_OPERATOR", value: true } }];
  const changes = [
    putFlag("update", "default", flag("one", { description: "d", rollouts: [inSegment("s")] })),
    putFlag("create", "default", flag("two", { metadata: { list: [1, 2] } })),
    putSegment("create", "default", segment("t", { name: "T" })),
    { type: "put-namespace", mode: "update", key: "default", name: "N", description: "D" },
  ] as const;
  let view = await open({ [path]: JSON.stringify({ flags: [one], segments }) });
  for (const change of changes) view = await apply(view, change);
  const { enabled, ...named } = one;
  t.is(
    view.text(path),
    JSON.stringify({
      namespace: { key: "default", name: "N", description: "D" },
      flags: [
        { ...named, description: "d", enabled, rollouts },
        { ...one, key: "two", name: "TWO", metadata: { list: [1, 2] } },
      ],
      segments: [...segments, { key: "t", name: "T", match_type: "ALL_MATCH_TYPE" }],
    }),
  );

  const mixed = '{"flags": [{"key":"one","name":"ONE"},  {"key" : "two", "name": "TWO"}]}';
  view = await open({ [path]: mixed });
  view = await apply(view, putFlag("update", "default", { ...flagOf(view, "one"), enabled: true }));
  view = await apply(view, putFlag("update", "default", { ...flagOf(view, "two"), enabled: true }));
  t.is(
    view.text(path),
    '{"flags": [{"key":"one","name":"ONE","enabled":true},  {"key" : "two", "name": "TWO", "enabled": true}]}',
  );

  const yaml = "default/features.yaml";
  view = await open({ [yaml]: "flags: [{key: one,name: ONE}]\n" });
  view = await apply(view, putFlag("update", "default", { ...flagOf(view, "one"), enabled: true }));
  t.is(view.text(yaml), "flags: [{key: one,name: ONE,enabled: true}]\n");
});

test("lists are text up to version 1.5 and lists from 1.6 on; the version stays", async (t) => {
  const constraint = {
    type: "NUMBER_COMPARISON_TYPE",
    property: "n",
    operator: "isoneof",
    value: "[10, 9]",
    description: "",
  } as const;
  let old = await open({ "default/features.yaml": 'version: "1.4"\n' });
  old = await apply(old, putSegment("create", "default", segment("s", { constraints: [constraint] })));
  t.regex(old.text("default/features.yaml") ?? "", /^version: "1.4"\n[\s\S]*value: '\[10,9\]'\n/);
  let current = await open({ "default/features.yaml": "flags: []\n" });
  current = await apply(current, putSegment("create", "default", segment("s", { constraints: [constraint] })));
  t.regex(current.text("default/features.yaml") ?? "", /^flags: \[\]\nsegments:\n[\s\S]*value:\n {10}- 10\n {10}- 9\n/);
});

test("files without flags, without a namespace, empty or with empty documents take items", async (t) => {
  for (const [source, expected] of [
    ["---\n", "---\nflags:\n  - key: z\n    name: Z\n    type: BOOLEAN_FLAG_TYPE\n    enabled: false\n"],
    ["{}\n", "flags:\n  - key: z\n    name: Z\n    type: BOOLEAN_FLAG_TYPE\n    enabled: false\n"],
    ["flags: [] # none\n", "flags: # none\n  - key: z\n    name: Z\n    type: BOOLEAN_FLAG_TYPE\n    enabled: false\n"],
    ["{flags: []}\n", "{flags: [{key: z, name: Z, type: BOOLEAN_FLAG_TYPE, enabled: false}]}\n"],
    [
      "# none yet\n",
      "# none yet\nversion: '1.6'\nnamespace:\n  key: default\n  name: Default\nflags:\n  - key: z\n    name: Z\n    type: BOOLEAN_FLAG_TYPE\n    enabled: false\n",
    ],
  ] as const) {
    const view = await apply(await open({ "default/features.yaml": source }), putFlag("create", "default", flag("z")));
    t.is(view.text("default/features.yaml"), expected, source);
  }
});

test("byte order marks and UTF-16 stay", async (t) => {
  const text = "\ufeffflags:\n  - key: a\n    name: A\n";
  for (const bytes of [Buffer.from(text), Buffer.from(text, "utf16le"), Buffer.from(text, "utf16le").swap16()]) {
    const view = await open({ "default/features.yaml": bytes });
    const after = await apply(view, putFlag("update", "default", { ...flagOf(view, "a"), name: "Ä" }));
    t.deepEqual([...(after.files.get("default/features.yaml") ?? [])].slice(0, 2), [...bytes].slice(0, 2));
    t.is(flagOf(after, "a").name, "Ä");
    t.is(
      (await apply(after, putFlag("update", "default", { ...flagOf(after, "a"), name: "A" }))).files.get(
        "default/features.yaml",
      )?.length,
      bytes.length,
    );
  }
});

test("a document among several is edited alone, and an environment's directory is kept to", async (t) => {
  const source =
    "# one\nnamespace: a\nflags:\n- {key: f, name: F}\n---\n# two\nnamespace: b\nflags:\n- {key: f, name: F}\n";
  let view = await open({ "prod/x/features.yml": source }, "prod");
  view = await apply(view, putFlag("update", "b", { ...flagOf(view, "f", "b"), name: "G" }));
  t.is(view.text("prod/x/features.yml"), source.replace(/name: F\}\n$/, "name: G}\n"));
  view = await apply(view, { type: "delete-namespace", key: "a" });
  t.is(view.text("prod/x/features.yml"), "---\n# two\nnamespace: b\nflags:\n- {key: f, name: G}\n");
  view = await apply(view, { type: "put-namespace", mode: "create", key: "x", name: "X", description: undefined });
  t.is(
    view.text("prod/x/features.yml"),
    "---\n# two\nnamespace: b\nflags:\n- {key: f, name: G}\n---\nversion: '1.6'\nnamespace:\n  key: x\n  name: X\n",
  );
  view = await apply(view, {
    type: "put-namespace",
    mode: "create",
    key: "new",
    name: undefined,
    description: undefined,
  });
  t.is(view.text("prod/new/features.yaml"), "version: '1.6'\nnamespace:\n  key: new\n");
});

test("what an anchor means elsewhere is written out when the anchor goes", async (t) => {
  const source = `flags:
  - key: a
    name: A
    enabled: true
    variants: &v
      - {key: one}
      - {key: two}
  - key: b # keeps
    name: B
    variants: *v
  # untouched
  - key: c
    name: C
`;
  const path = "default/features.yaml";
  const view = await open({ [path]: source });
  const kept = await apply(view, putFlag("update", "default", { ...flagOf(view, "a"), enabled: false }));
  t.is(kept.text(path), source.replace("enabled: true", "enabled: false"));
  const { variants } = flagOf(view, "a");
  for (const change of [
    putFlag("update", "default", { ...flagOf(view, "a"), variants: variants.slice(1) }),
    { type: "delete-flag", namespace: "default", key: "a" } as const,
  ]) {
    const after = await apply(view, change);
    t.deepEqual(after.snapshot.quarantined, []);
    t.deepEqual(flagOf(after, "b").variants, variants);
    t.true(after.text(path)?.includes("  # untouched\n  - key: c\n    name: C\n"));
  }
  const merged = "flags:\n  - &base {key: a, name: A, enabled: true}\n  - {<<: *base, key: b}\n";
  const before = await open({ [path]: merged });
  const after = await apply(before, putFlag("update", "default", { ...flagOf(before, "b"), enabled: false }));
  t.like(flagOf(after, "b"), { enabled: false, name: "A" });
  t.true(flagOf(after, "a").enabled);
});

const message = async (view: MemoryView, change: Change): Promise<string> => {
  try {
    await applyChange(change, view);
    return "accepted";
  } catch (error) {
    const { code, message: text } = error as { code: string; message: string };
    return `${code} ${text}`;
  }
};

test("a namespace's name with a line break is refused, since no file may hold one", async (t) => {
  const view = await open(exampleFiles());
  for (const mode of ["create", "update"] as const) {
    const key = mode === "create" ? "team" : "ops";
    for (const name of ["\n", "a\nb", "b\n"]) {
      t.is(
        await message(view, { type: "put-namespace", mode, key, name, description: undefined }),
        `VEXIL_VALIDATION_REQUEST ${mode} namespace "${key}": name: invalid value ${JSON.stringify(name)} (out of bound =~"^[^\\n]*$")`,
      );
    }
  }
});

test("refusals have the messages of the specification", async (t) => {
  const view = await open({
    ...exampleFiles(),
    "default/more/features.yaml":
      "flags:\n- {key: user, name: U, type: BOOLEAN_FLAG_TYPE, rollouts: [{segment: {key: adults}}]}\n",
  });
  const cases: readonly (readonly [Change, string])[] = [
    [
      { type: "put-namespace", mode: "create", key: "", name: "x", description: undefined },
      "VEXIL_VALIDATION_REQUEST key must not be empty",
    ],
    [
      { type: "put-namespace", mode: "create", key: "default", name: "x", description: undefined },
      'VEXIL_EXISTS create namespace "default"',
    ],
    [
      { type: "put-namespace", mode: "update", key: "no", name: "x", description: undefined },
      'VEXIL_NOT_FOUND update namespace "no": namespace "no" not found',
    ],
    [
      { type: "put-namespace", mode: "create", key: "a b", name: "x", description: undefined },
      'VEXIL_VALIDATION_REQUEST create namespace "a b": key: invalid value "a b" (out of bound =~"^[-_,A-Za-z0-9]+$")',
    ],
    [{ type: "delete-namespace", key: "default" }, 'VEXIL_VALIDATION_REQUEST namespace "default" is protected'],
    [{ type: "delete-namespace", key: "absent" }, "accepted"],
    [putFlag("create", "default", flag("theme")), 'VEXIL_EXISTS create resource "flipt.core.Flag/default/theme"'],
    [
      putFlag("update", "ops", flag("x")),
      'VEXIL_NOT_FOUND update resource "flipt.core.Flag/ops/x": getting flag ops/x: flag ops/x not found',
    ],
    [
      putSegment("create", "ghost", segment("s")),
      'VEXIL_NOT_FOUND putting segment ghost/s: namespace not found: "ghost"',
    ],
    [
      putFlag("create", "ops", flag("x", { rollouts: [inSegment("ghost")] })),
      'VEXIL_VALIDATION_REQUEST putting flag ops/x: flag ops/x rollout 1 references unknown segment "ghost"',
    ],
    [
      putFlag(
        "create",
        "ops",
        flag("x", {
          type: "VARIANT_FLAG_TYPE",
          rules: [{ segments: ["ghost"], segmentOperator: "OR_SEGMENT_OPERATOR", distributions: [] }],
        }),
      ),
      'VEXIL_VALIDATION_REQUEST putting flag ops/x: flag ops/x rule 1 references unknown segment "ghost"',
    ],
    [
      putFlag(
        "create",
        "ops",
        flag("x", {
          type: "VARIANT_FLAG_TYPE",
          rules: [
            {
              segments: ["all"],
              segmentOperator: "OR_SEGMENT_OPERATOR",
              distributions: [{ variant: "v", rollout: 1 }],
            },
          ],
        }),
      ),
      'VEXIL_VALIDATION_REQUEST putting flag ops/x: flag ops/x rule 1 references unknown variant "v"',
    ],
    [
      putFlag("create", "ops", flag("x", { name: "" })),
      "VEXIL_VALIDATION_REQUEST putting flag ops/x: flags.2.name: field is required but not present (features.yaml 13)",
    ],
    [
      putFlag("create", "ops", flag("a b")),
      'VEXIL_VALIDATION_REQUEST putting flag ops/a b: flags.2.key: invalid value "a b" (out of bound =~"^[-_,A-Za-z0-9]+$") (features.yaml 13)',
    ],
    [
      putFlag(
        "create",
        "ops",
        flag("x", {
          type: "VARIANT_FLAG_TYPE",
          variants: [{ key: "v", name: "", description: "", default: false }],
          rules: [
            {
              segments: ["all"],
              segmentOperator: "OR_SEGMENT_OPERATOR",
              distributions: [{ variant: "v", rollout: 110 }],
            },
          ],
        }),
      ),
      "VEXIL_VALIDATION_REQUEST putting flag ops/x: flags.2.rules.0.distributions.0.rollout: invalid value 110 (out of bound <=100) (features.yaml 26)",
    ],
    [
      { type: "delete-segment", namespace: "default", key: "beta" },
      'VEXIL_VALIDATION_REQUEST deleting segment default/beta: segment "beta" is in use by flag "theme" rule 1',
    ],
    [
      { type: "delete-segment", namespace: "default", key: "adults" },
      'VEXIL_VALIDATION_REQUEST deleting segment default/adults: segment "adults" is in use by flag "theme" rule 2',
    ],
    [{ type: "delete-segment", namespace: "default", key: "none" }, "accepted"],
    [{ type: "delete-flag", namespace: "absent", key: "none" }, "accepted"],
    [
      { type: "rollback", namespace: "default", to: "f".repeat(40) },
      `VEXIL_NOT_FOUND revision "${"f".repeat(40)}" not found`,
    ],
  ];
  for (const [change, expected] of cases) t.is(await message(view, change), expected);
});

test("a segment used from another file cannot be deleted (D16)", async (t) => {
  const view = await open({
    "a/features.yaml": "namespace: ns\nsegments:\n- {key: s, name: S, match_type: ALL_MATCH_TYPE}\n",
    "b/features.yaml":
      "namespace: ns\nflags:\n- {key: f, name: F, type: BOOLEAN_FLAG_TYPE, rollouts: [{segment: {key: s}}]}\n",
  });
  t.deepEqual(view.snapshot.quarantined, []);
  t.is(
    await message(view, { type: "delete-segment", namespace: "ns", key: "s" }),
    'VEXIL_VALIDATION_REQUEST deleting segment ns/s: segment "s" is in use by flag "f" rollout 1',
  );
});

test("an item goes to the file that defines it, a new one to the namespace's first file that can hold it (D17)", async (t) => {
  const view = await open({
    "a/features.yaml": "namespace: ns\nflags:\n- {key: first, name: F}\n",
    "deep/er/features.json":
      '{"namespace":"ns","flags":[{"key":"second","name":"S"}],"segments":[{"key":"s","name":"S","match_type":"ALL_MATCH_TYPE"}]}',
  });
  const touched = async (change: Change): Promise<readonly string[]> => [
    ...(await applyChange(change, view)).files.keys(),
  ];
  t.deepEqual(await touched(putFlag("update", "ns", flag("second"))), ["deep/er/features.json"]);
  t.deepEqual(await touched(putFlag("create", "ns", flag("new"))), ["a/features.yaml"]);
  t.deepEqual(await touched(putFlag("create", "ns", flag("new", { rollouts: [inSegment("s")] }))), [
    "deep/er/features.json",
  ]);
  t.deepEqual((await applyChange({ type: "delete-namespace", key: "ns" }, view)).subject, [
    "a/features.yaml",
    "deep/er/features.json",
  ]);
});

test("of a repeated key the evaluated one is replaced, and all of them are deleted", async (t) => {
  const view = await open({
    "a/features.yaml": "namespace: ns\nflags:\n- {key: f, name: One}\n- {key: f, name: Two}\n",
    "b/features.yaml": "namespace: ns\nflags:\n- {key: f, name: Three}\n",
  });
  const updated = await apply(view, putFlag("update", "ns", { ...flagOf(view, "f", "ns"), name: "Four" }));
  t.is(updated.text("b/features.yaml"), "namespace: ns\nflags:\n- {key: f, name: Four}\n");
  t.is(updated.text("a/features.yaml"), view.text("a/features.yaml"));
  const deleted = await apply(view, { type: "delete-flag", namespace: "ns", key: "f" });
  t.is(deleted.snapshot.namespaces.get("ns")?.items.flags.size, 0);
});

test("a file with faults is not rewritten, and the error says where (D20)", async (t) => {
  const good = "namespace: ns\nflags:\n- {key: f, name: F}\n";
  const view = await (await open({ "ns/features.yaml": good })).after(
    new Map([["ns/features.yaml", Buffer.from(`${good}- {key: g, name: [}\n`)]]),
  );
  const error = await t.throwsAsync(applyChange(putFlag("create", "ns", flag("x")), view), {
    code: "VEXIL_CONFLICT_FILE_FAULTY",
  });
  t.regex(error.message, /^ns\/features\.yaml:\d+:\d+ has a fault/);
  const dangling = await (await open({ "ns/features.yaml": good })).after(
    new Map([
      ["ns/features.yaml", Buffer.from(`${good}- {key: g, name: G, rules: [{segment: gone, distributions: []}]}\n`)],
    ]),
  );
  t.regex(
    await message(dangling, putFlag("create", "ns", flag("x"))),
    /^VEXIL_CONFLICT_FILE_FAULTY ns\/features\.yaml:4:\d+ has a fault.*unknown segment "gone"/,
  );
  t.is(await message(dangling, putSegment("create", "ns", segment("gone"))), "accepted", "the repair is taken");
});

test("the namespaces beside a deleted one stay, wherever its documents are (D18)", async (t) => {
  const view = await open({
    "x/features.yaml": "namespace: gone\n---\nnamespace: stays\nflags:\n- {key: f, name: F}\n---\nnamespace: gone\n",
    "y/features.yaml": "namespace: gone\nflags:\n- {key: g, name: G}\n",
  });
  const after = await apply(view, { type: "delete-namespace", key: "gone" });
  t.deepEqual([...after.snapshot.namespaces.keys()], ["stays"]);
  t.is(after.text("y/features.yaml"), undefined);
  t.is(after.text("x/features.yaml"), "---\nnamespace: stays\nflags:\n- {key: f, name: F}\n");
});

test("rollback brings items and namespaces back, comments and all", async (t) => {
  const first = await open(exampleFiles());
  const to = first.revision;
  let view = await apply(first, putFlag("update", "default", { ...flagOf(first, "banner"), enabled: false }));
  view = await apply(view, { type: "delete-flag", namespace: "default", key: "plain" });
  view = await apply(view, putFlag("create", "default", flag("added")));
  const banner = await applyChange(
    { type: "rollback", namespace: "default", resource: { type: "flag", key: "banner" }, to },
    view,
  );
  t.deepEqual(banner.summaries, [
    { verb: "update", type: "flag", namespace: "default", key: "banner", rolledBackTo: to },
  ]);
  t.true(flagOf(await view.after(banner.files), "banner").enabled);
  const plain = await applyChange(
    { type: "rollback", namespace: "default", resource: { type: "flag", key: "plain" }, to },
    view,
  );
  t.is(plain.summaries[0]?.verb, "create");
  t.deepEqual(flagOf(await view.after(plain.files), "plain"), flagOf(first, "plain"));
  const added = await applyChange(
    { type: "rollback", namespace: "default", resource: { type: "flag", key: "added" }, to },
    view,
  );
  t.is(added.summaries[0]?.verb, "delete");
  const whole = await apply(view, { type: "rollback", namespace: "default", to });
  t.is(whole.text("default/features.yaml"), first.text("default/features.yaml"));
  t.deepEqual(
    [...(await applyChange({ type: "rollback", namespace: "default", to }, whole)).files],
    [],
    "nothing to change",
  );
  const gone = await apply(first, { type: "delete-namespace", key: "ops" });
  t.is(
    (await apply(gone, { type: "rollback", namespace: "ops", to })).text("ops/features.yaml"),
    first.text("ops/features.yaml"),
  );
});

test("rollback of a namespace that shares its file leaves the others alone", async (t) => {
  const file = (a: string, b: string): string =>
    `namespace: a\nflags:\n- {key: f, name: ${a}}\n---\nnamespace: b\nflags:\n- {key: f, name: ${b}}\n`;
  const first = await open({ "x/features.yaml": file("A1", "B1") });
  const second = await first.after(new Map([["x/features.yaml", Buffer.from(file("A2", "B2"))]]));
  const after = await apply(second, { type: "rollback", namespace: "a", to: first.revision });
  t.is(after.text("x/features.yaml"), file("A1", "B2"));
});
