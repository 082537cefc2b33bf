// Writes the page of metrics from their catalogue; with `--check` it compares.
import { metricsPage } from "../daemon/dist/http/metrics/metrics-page.js";
import { writePage } from "./generated-page.mjs";

writePage("daemon/METRICS.md", metricsPage(), "npm run docs:metrics");
