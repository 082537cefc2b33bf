import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test, { type ExecutionContext } from "ava";
import { parse } from "yaml";
import { METRICS } from "../../../daemon/dist/http/metrics/catalogue.js";
import { eventually, startDaemon } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { freePort } from "../helpers/network/free-port.js";
import { missingPrograms, skipUnless } from "../helpers/runner/skip-unless.js";

const HOME = fileURLToPath(new URL("../../../daemon/grafana/", import.meta.url));
const inCI = process.env.CI === "true";

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly refId: string; readonly expr: string; readonly legendFormat: string }[];
}

const dashboard = JSON.parse(readFileSync(join(HOME, "dashboard.json"), "utf8")) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
};
const { groups } = parse(readFileSync(join(HOME, "alerts.yaml"), "utf8")) as {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
};
const rules = groups.flatMap((group) => group.rules);
const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

/** A query as Grafana sends it. */
const filled = (query: string): string =>
  query.replaceAll("$instance", ".*").replaceAll("$__rate_interval", "1m").replaceAll("$datasource", "x");

function promtool(t: ExecutionContext, ...args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync("promtool", args, { cwd: HOME, encoding: "utf8" });
  t.is(status, 0, `${stdout}${stderr}`);
}

test("every metric that alerts and dashboard name is one that the daemon has, with these labels", (t) => {
  const named = new Set<string>();
  for (const query of [...rules.map(({ expr }) => expr), ...queries]) {
    for (const [, name = ""] of query.matchAll(/\b((?:vexil|flipt|process|nodejs)_[a-z0-9_]+)/g)) {
      if (/^flipt_environment$/.test(name)) continue;
      const family = METRICS[name] === undefined ? name.replace(/_(?:bucket|sum|count)$/, "") : name;
      t.truthy(METRICS[family], `${name} in ${query}`);
      named.add(family);
    }
    for (const [, selector = ""] of query.matchAll(/\{([^}]*)\}/g)) {
      for (const [, label = ""] of selector.matchAll(/(\w+)\s*[=!]/g)) {
        const known = label === "instance" || Object.values(METRICS).some(({ labels }) => labels.includes(label));
        t.true(known, `${label} in ${query}`);
      }
    }
  }
  t.true(named.size > 25);
});

test("the dashboard's panels have names, queries, letters and places of their own", (t) => {
  const ids = dashboard.panels.map(({ id }) => id);
  t.is(new Set(ids).size, ids.length);
  const taken = new Set<string>();
  for (const { title, type, gridPos, targets } of dashboard.panels) {
    t.true(title.length > 0);
    t.true(gridPos.x + gridPos.w <= 24, title);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        t.false(taken.has(`${x} ${y}`), `${title} covers another panel`);
        taken.add(`${x} ${y}`);
      }
    }
    if (type === "row") continue;
    const letters = (targets ?? []).map(({ refId }) => refId);
    t.true(letters.length > 0, title);
    t.is(new Set(letters).size, letters.length, title);
  }
  t.deepEqual(
    dashboard.templating.list.map(({ name }) => name),
    ["datasource", "instance"],
  );
});

test("Prometheus's own checker takes the rules, and each alert fires on its series and not before", (t) => {
  if (skipUnless(t, inCI ? undefined : missingPrograms("promtool"))) return;
  promtool(t, "check", "rules", "alerts.yaml");
  promtool(t, "test", "rules", "alerts.test.yaml");
  const tested = readFileSync(join(HOME, "alerts.test.yaml"), "utf8");
  for (const { alert } of rules) t.regex(tested, new RegExp(`alertname: ${alert}\n`), alert);
});

test("a Prometheus that scrapes a daemon loads the rules, and every query of the dashboard runs", async (t) => {
  if (skipUnless(t, missingPrograms("prometheus"))) return;
  t.timeout(120_000);
  const daemon = await startDaemon(t, { config: { storage: { default: { backend: { type: "memory" } } } } });
  const directory = await temporaryDirectory(t);
  const file = join(directory, "prometheus.yaml");
  const port = await freePort();
  const target = new URL(daemon.url).host;
  writeFileSync(
    file,
    JSON.stringify({
      global: { scrape_interval: "1s", evaluation_interval: "1s" },
      rule_files: [join(HOME, "alerts.yaml")],
      scrape_configs: [{ job_name: "vexil", static_configs: [{ targets: [target] }] }],
    }),
  );
  const prometheus = spawn(
    "prometheus",
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(directory, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--web.route-prefix=/prometheus",
    ],
    { stdio: "ignore" },
  );
  t.teardown(() => ended(prometheus));
  // biome-ignore lint/suspicious/noExplicitAny: what Prometheus answers is looked into member by member
  const ask = async (path: string): Promise<any> =>
    (await fetch(`http://127.0.0.1:${port}/prometheus/api/v1/${path}`)).json();
  const query = (text: string): ReturnType<typeof ask> => ask(`query?query=${encodeURIComponent(text)}`);
  await eventually(
    () => query('vexil_storage_state{state="ready"} == 1').catch(() => undefined),
    (answer) => answer?.data?.result?.length === 1,
  );
  for (const text of queries) t.is((await query(filled(text))).status, "success", text);
  const loaded = await eventually(
    () => ask("rules"),
    ({ data }) => data.groups[0]?.rules.every(({ health }: { health: string }) => health === "ok"),
  );
  t.deepEqual(
    loaded.data.groups[0].rules.map(({ name }: { name: string }) => name),
    rules.map(({ alert }) => alert),
  );
  t.deepEqual((await ask("alerts")).data.alerts, [], "nothing is wrong with a daemon that has just started");
});

async function ended(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGKILL");
  await gone;
}
