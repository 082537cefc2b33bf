import { defineSink } from "@vexil/plugin-api";
import { Collector } from "./collector.js";
import { endpointOf, openExporter } from "./open-exporter.js";
import { type OtlpSettings, otlpSettings } from "./settings.js";

export default defineSink<OtlpSettings>({
  name: "otlp",
  schema: otlpSettings,
  capabilities: { batch: 200 },
  create: async (settings, { sink: { name }, logger }) =>
    new Collector(await openExporter(settings), () => endpointOf(settings), name, logger),
});
