import { defineAuthorization, secretFromFile } from "@vexil/plugin-api";
import { OpaRights } from "./opa-rights.js";
import { type OpaSettings, opaSettings } from "./settings.js";

export default defineAuthorization<OpaSettings>({
  name: "opa",
  schema: opaSettings,
  async create(settings, context) {
    const { url, decision, timeout: timeoutMs, keep: keepMs, token_file: file } = settings;
    const token = file === undefined ? settings.token : await secretFromFile(file);
    return new OpaRights({ url, decision, token, timeoutMs, keepMs }, context);
  },
});
