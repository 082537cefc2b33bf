import test from "ava";
import { configFixture } from "../../helpers/files/config-fixture.js";

test("evaluations are counted for 30 days unless told otherwise", async (t) => {
  const { load } = await configFixture(t);
  const { analytics } = await load({ yaml: "{}" });
  t.is(analytics?.counts, true);
  t.is(analytics?.retentionMs, 30 * 86_400_000);
  t.is(analytics?.flushMs, 10_000);
  t.is(analytics?.prometheus, undefined);
  t.is((await load({ yaml: "analytics: { enabled: false }" })).analytics, undefined);
});

test("Prometheus is asked with headers, whose values are secrets", async (t) => {
  const { load } = await configFixture(t);
  const yaml =
    "analytics: { storage: { prometheus: { enabled: true, url: 'http://p:9090/x', headers: { Authorization: '${env:KEY}' } } } }";
  const { analytics } = await load({ yaml, env: { KEY: "Bearer canary" } });
  t.is(analytics?.prometheus?.url, "http://p:9090/x");
  const values = Object.values(analytics?.prometheus?.headers ?? {});
  t.deepEqual(
    values.map((value) => value.reveal()),
    ["Bearer canary"],
  );
  t.false(JSON.stringify(analytics).includes("canary"));
  const off = await load({ yaml: yaml.replace("enabled: true", "enabled: false"), env: { KEY: "x" } });
  t.is(off.analytics?.prometheus, undefined);
});

test("ClickHouse is not asked, which is said", async (t) => {
  const { load } = await configFixture(t);
  const yaml = "analytics: { storage: { clickhouse: { enabled: true, url: 'clickhouse://u:canary@h' } } }";
  const { warnings } = await load({ yaml });
  t.regex(warnings.join(), /analytics\.storage\.clickhouse is accepted and ignored/);
  t.false(warnings.join().includes("canary"));
});

for (const [yaml, message] of [
  ["retention: 10m", /analytics\.retention: it is not between 1h and 8760h/],
  ["retention: 30", /analytics\.retention: .*30s/],
  ["buffer: { flush_period: 1s }", /analytics\.buffer\.flush_period: it is not between 10s and 1h/],
  ["storage: { prometheus: { enabled: true } }", /prometheus\.url: non-empty value is required/],
  ["storage: { prometheus: { enabled: true, url: 'ftp://p' } }", /prometheus\.url: it is no http or https URL/],
  [
    "storage: { prometheus: { enabled: true, url: 'http://u:canary@p' } }",
    /prometheus\.url: give user and password by/,
  ],
  [
    "storage: { prometheus: { enabled: true, url: 'http://p', headers: { 'a b': x } } }",
    /"a b" is no name of a header/,
  ],
] as const) {
  test(`refused: analytics: { ${yaml} }`, async (t) => {
    const { load } = await configFixture(t);
    const error = await t.throwsAsync(load({ yaml: `analytics: { ${yaml} }` }));
    t.regex(error?.message ?? "", message);
    t.false(error?.message.includes("canary"));
  });
}
