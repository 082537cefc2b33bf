import { defineSink } from "@vexil/plugin-api";
import { Exporter } from "./exporter.js";
import { type ExportSettings, exportSettings } from "./settings.js";

export default defineSink<ExportSettings>({
  name: "export",
  schema: exportSettings,
  capabilities: { batch: 0, snapshots: true },
  create: async ({ path, keep: most, keep_for: forMs }, { sink: { name: sink }, logger }) =>
    new Exporter({ path, keeping: { most, forMs }, sink, logger }),
});
