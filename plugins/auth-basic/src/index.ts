import { defineAuth, secretFromFile } from "@vexil/plugin-api";
import { BasicAuthenticator } from "./basic-authenticator.js";
import { type BasicSettings, basicSettings } from "./settings.js";

export default defineAuth<BasicSettings>({
  name: "basic",
  schema: basicSettings,
  async create(settings, context) {
    const file = settings.password_file;
    const password = file === undefined ? settings.password : await secretFromFile(file);
    return new BasicAuthenticator(settings.username ?? "", password, context.logger);
  },
});
