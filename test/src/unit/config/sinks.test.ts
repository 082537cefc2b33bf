import test from "ava";
import { configFixture } from "../../helpers/files/config-fixture.js";

const sink = (inner: string): string => `sinks: { ci: { ${inner} } }`;
const hook = (inner: string): string => sink(`type: webhook, url: "https://ci.example.com/x", ${inner}`);

const REFUSED: readonly (readonly [string, RegExp])[] = [
  [sink("path: /x"), /sinks\.ci\.type: non-empty value is required \(file, webhook, exec, export, otlp, or a plugin\)/],
  [sink("type: file"), /sinks\.ci\.path: /],
  [sink("type: file, path: /x, rotat: 1MB"), /rotat/],
  [sink("type: file, path: /x, rotate: 10"), /sinks\.ci\.rotate: 10 bytes are fewer/],
  [sink("type: webhook"), /sinks\.ci\.url: non-empty value is required/],
  [sink('type: webhook, url: "gopher://canary-4711"'), /sinks\.ci\.url: it is no address/],
  [hook("secret: canary"), /sinks\.ci\.secret: a secret has at least 16/],
  [hook("format: xml"), /sinks\.ci\.format/],
  [hook("max_age: 10ms"), /sinks\.ci\.max_age: it is not between 1s and 8760h/],
  [hook("from: yesterday"), /sinks\.ci\.from/],
  [hook("filter: { kinds: [flags] }"), /sinks\.ci\.filter\.kinds: "flags" is none of change, quarantine/],
  [hook("filter: { namespaces: [] }"), /sinks\.ci\.filter\.namespaces: give 1 to 100 names/],
  [hook('filter: { namespaces: ["*a*a*a*a*a*a*a*a*a*"] }'), /more than 8 \*/],
  [hook("filter: { name: x }"), /name/],
  [
    hook('filter: { namespaces: ["^(a+)+$"] }'),
    /sinks\.ci\.filter\.namespaces: "\^\(a\+\)\+\$" has what no namespace has/,
  ],
  [hook("filter: { fields: [enabled, rollout] }"), /sinks\.ci\.filter\.fields: "rollout" is none of key, name, type/],
  [hook('template: "{{ range .events }}"'), /sinks\.ci\.template: invalid template: line 1: unexpected EOF/],
  [hook("batch: 0"), /sinks\.ci\.batch .*a whole number from 1 to 100, got 0/],
  ['sinks: { "no name": { type: file, path: /x } }', /sinks\.no name: a name has up to 63/],
];

test("sinks that cannot be meant are refused, naming place and reason and no secret", async (t) => {
  const { failure } = await configFixture(t);
  for (const [yaml, reason] of REFUSED) {
    const message = await failure({ yaml });
    t.regex(message, reason);
    t.notRegex(message, /canary/);
  }
});

test("a sink has the host's keys apart from the plugin's, its paths are absolute, and its secrets are secret", async (t) => {
  const { load, read, directory } = await configFixture(t);
  const yaml = `sinks:
  audit: { type: file, path: trail.jsonl }
  ci:
    type: webhook
    url: https://ci.example.com/canary-4711
    secret: "\${env:HOOK}"
    max_age: 1h
    from: beginning
    filter: { environments: [prod*], kinds: flag quarantine }
  other: { type: ./sink.js, any: 1, filter: { fields: [enabled] } }`;
  const env = { HOOK: "a secret of canary-4711 letters" };
  const { sinks } = await load({ yaml, env });
  t.like(sinks.get("audit"), { type: "file", path: "sinks.audit", from: "now", maxAgeMs: 86_400_000 });
  t.is(sinks.get("audit")?.settings.path, `${directory}/trail.jsonl`);
  t.deepEqual(sinks.get("ci")?.filter, {
    environments: ["prod*"],
    namespaces: undefined,
    kinds: ["flag", "quarantine"],
    fields: undefined,
  });
  t.like(sinks.get("ci"), { from: "beginning", maxAgeMs: 3_600_000 });
  t.deepEqual(sinks.get("other")?.settings, { any: 1 });
  t.notRegex(
    JSON.stringify([...(sinks.get("ci")?.settings ? Object.entries(sinks.get("ci")?.settings ?? {}) : [])]),
    /canary/,
  );
  t.notRegex(JSON.stringify((await read({ yaml, env })).config.sinks.get("ci")?.settings), /canary/);
  t.is((await load({ yaml: "version: '2.0'" })).sinks.size, 0);
});
