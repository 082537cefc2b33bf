import test, { type ExecutionContext } from "ava";
import { type InProcessDaemon, inProcessDaemon } from "../helpers/daemon/in-process.js";
import { ask } from "../helpers/http/answers.js";
import {
  EXAMPLE_FILES,
  type TemporaryRepository,
  temporaryRepository,
} from "../helpers/repositories/temporary-repository.js";

const M = "api/v2/environments";
const N = `${M}/default/namespaces`;

/** Every kind of thing that has a description, each with none. */
const WITHOUT_DESCRIPTIONS = `namespace: {key: quiet, description: null}
flags:
  - key: f # the flag
    name: F
    description: ~
    variants: [{key: v, description: null}]
  - key: b
    name: B
    type: BOOLEAN_FLAG_TYPE
    rollouts: [{description: , threshold: {percentage: 5}}]
segments:
  - key: s
    name: S
    match_type: ALL_MATCH_TYPE
    description: null
    constraints: [{type: STRING_COMPARISON_TYPE, property: p, operator: eq, value: x, description: null}]
`;

async function start(
  t: ExecutionContext,
  files: Readonly<Record<string, string>> = {},
): Promise<{ remote: TemporaryRepository; daemon: InProcessDaemon }> {
  const remote = await temporaryRepository(t, { files: { ...EXAMPLE_FILES, ...files } });
  const daemon = await inProcessDaemon(t, { storage: { default: { remote: remote.path, poll_interval: "1h" } } });
  await daemon.start();
  return { remote, daemon };
}

for (const [form, file, text] of [
  ["YAML", "quiet/features.yaml", WITHOUT_DESCRIPTIONS],
  [
    "JSON",
    "quiet/features.json",
    JSON.stringify({
      namespace: { key: "quiet", description: null },
      flags: [
        { key: "f", name: "F", description: null, variants: [{ key: "v", description: null }] },
        { key: "b", name: "B", type: "BOOLEAN_FLAG_TYPE", rollouts: [{ description: null }] },
      ],
      segments: [{ key: "s", name: "S", match_type: "ALL_MATCH_TYPE", description: null, constraints: [] }],
    }),
  ],
] as const) {
  test(`a description that is null counts as absent, whatever it describes, and may be given one (${form})`, async (t) => {
    const { remote, daemon } = await start(t, { [file]: text });
    const namespace = await ask(daemon.url(), "GET", `${N}/quiet`);
    t.like(namespace.body, { namespace: { key: "quiet", name: "quiet", description: "" } });
    const flags = await ask(daemon.url(), "GET", `${N}/quiet/resources/flipt.core.Flag`);
    t.like(flags.body, {
      resources: {
        0: { payload: { key: "f", description: "", variants: { 0: { description: "" } } } },
        1: { payload: { key: "b", rollouts: { 0: { description: "" } } } },
      },
    });
    const segments = await ask(daemon.url(), "GET", `${N}/quiet/resources/flipt.core.Segment`);
    t.like(segments.body, { resources: { 0: { payload: { key: "s", description: "" } } } });

    const payload = (flags.body as { resources: { payload: object }[] }).resources[0]?.payload;
    const put = { key: "f", payload: { ...payload, description: "now with one" } };
    t.is((await ask(daemon.url(), "PUT", `${N}/quiet/resources`, { body: put })).status, 200);
    const named = { key: "quiet", name: "Quiet", description: "hush" };
    t.is((await ask(daemon.url(), "PUT", N, { body: named })).status, 200);
    const written = await remote.read(file);
    t.regex(written, /now with one/);
    t.regex(written, /hush/);
    if (form === "YAML") t.regex(written, /- key: f # the flag\n[\s\S]*variants: \[\{key: v, description: null\}\]/);
    const again = await ask(daemon.url(), "GET", `${N}/quiet/resources/flipt.core.Flag/f`);
    t.like(again.body, { resource: { payload: { description: "now with one" } } });
  });
}

test("deleting `default` at a revision that is not the head is a conflict before it is a refusal", async (t) => {
  const { remote, daemon } = await start(t);
  const head = await remote.head();
  const unknown = "1234567890123456789012345678901234567890";
  const stale = await ask(daemon.url(), "DELETE", `${N}/default?revision=${unknown}`);
  t.is(stale.status, 409);
  t.like(stale.body, { code: 10, message: `expected head revision "${unknown}" has changed (now "${head}")` });
  for (const query of ["", `?revision=${head}`]) {
    const refused = await ask(daemon.url(), "DELETE", `${N}/default${query}`);
    t.deepEqual(
      [refused.status, refused.body],
      [400, { code: 3, message: 'namespace "default" is protected', details: [] }],
    );
  }
  t.is(await remote.head(), head);
});

test("every management read is a view, and one that fails a failed view; writes and evaluations are none", async (t) => {
  const { daemon } = await start(t);
  const url = daemon.url();
  const sum = async (name: string): Promise<number> =>
    (await ask(url, "GET", "metrics")).text
      .split("\n")
      .filter((line) => line.startsWith(`${name}{`))
      .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(" "))), 0);
  const views = async (): Promise<readonly number[]> => [
    await sum("flipt_git_views_total"),
    await sum("flipt_git_view_errors_total"),
    await sum("flipt_git_view_latency_milliseconds_count"),
  ];
  const flags = `${N}/default/resources/flipt.core.Flag`;
  const reads: readonly (readonly [string, number])[] = [
    [M, 200],
    [N, 200],
    [`${N}/ops`, 200],
    [`${N}/ghost`, 404],
    [flags, 200],
    [`${flags}/banner`, 200],
    [`${flags}/ghost`, 404],
    [`${N}/default/resources/foo.Bar`, 404],
    [`${M}/ghost/namespaces`, 404],
    [`${M}/default/branches`, 200],
    [`${M}/default/history`, 200],
    [`${flags}/banner/history`, 200],
    [`${M}/default/history?pageToken=x`, 400],
  ];
  for (const [index, [path, status]] of reads.entries()) {
    t.is((await ask(url, "GET", path)).status, status, path);
    const failed = reads.slice(0, index + 1).filter(([, wanted]) => wanted >= 400).length;
    t.deepEqual(await views(), [index + 1, failed, index + 1], path);
  }
  const before = await views();
  await ask(url, "POST", "evaluate/v1/boolean", { body: { flagKey: "banner" } });
  await ask(url, "POST", N, { body: { key: "team", name: "Team" } });
  await ask(url, "POST", N, { body: { key: "team", name: "Team" } });
  t.deepEqual(await views(), before);
});
