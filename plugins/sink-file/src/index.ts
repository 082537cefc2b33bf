import { defineSink } from "@vexil/plugin-api";
import { type FileSettings, fileSettings } from "./settings.js";
import { Trail } from "./trail.js";

export default defineSink<FileSettings>({
  name: "file",
  schema: fileSettings,
  capabilities: { batch: 500 },
  create: async ({ path, rotate: rotateBytes, key }, { sink: { name: sink }, logger }) =>
    new Trail({ path, rotateBytes, key: key?.reveal(), sink, logger }),
});
