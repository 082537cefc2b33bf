import { METRICS } from "./catalogue.js";
import { LABELS } from "./label-meanings.js";

/** The page of all metrics, in Markdown. `npm run docs:metrics` writes it to `daemon/METRICS.md`. */
export function metricsPage(): string {
  return `# Metrics

Made by \`npm run docs:metrics\` from the catalogue in \`daemon/src/http/metrics\`. \`GET /metrics\` has all of them from the
start, in the text format of Prometheus, summed over all workers; those of processes have a sample for each. A sample is
there as soon as there is something to count, at once where a metric has no labels. Counters begin at zero with the
process. Buckets of histograms have \`le\` besides. Names that begin with \`flipt_\` are the compatible system's, so that
its dashboards go on working.

| metric | type | labels | meaning |
|---|---|---|---|
${rows(METRICS, ({ type, labels, help }) => `${type} | ${labels.map((label) => `\`${label}\``).join(" ")} | ${help}`)}

## Labels

| label | meaning |
|---|---|
${rows(LABELS, (meaning) => meaning)}
`;
}

function rows<Entry>(entries: Readonly<Record<string, Entry>>, cells: (entry: Entry) => string): string {
  return Object.entries(entries)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, entry]) => `| \`${name}\` | ${cells(entry)} |`)
    .join("\n");
}
