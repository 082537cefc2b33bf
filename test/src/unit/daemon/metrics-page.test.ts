import { readFileSync } from "node:fs";
import test from "ava";
import { METRICS } from "../../../../daemon/dist/http/metrics/catalogue.js";
import { LABELS } from "../../../../daemon/dist/http/metrics/label-meanings.js";
import { metricsPage } from "../../../../daemon/dist/http/metrics/metrics-page.js";

test("daemon/METRICS.md is what the catalogue makes", (t) => {
  const written = readFileSync(new URL("../../../../daemon/METRICS.md", import.meta.url), "utf8");
  t.is(written, metricsPage(), "npm run docs:metrics writes it");
});

test("every label of a metric has a meaning, and every meaning a metric", (t) => {
  const used = new Set(Object.values(METRICS).flatMap(({ labels }) => labels));
  t.deepEqual(Object.keys(LABELS).sort(), [...used].sort());
});

test("meanings are sentences that fit into a cell of the page", (t) => {
  for (const [name, { help }] of Object.entries(METRICS)) t.regex(help, /^[A-Z0-9][^|\n]*\.$/, name);
  for (const [label, meaning] of Object.entries(LABELS)) t.regex(meaning, /^[A-Z`][^|\n]*\.$/, label);
});
