import { defineAuth, secretFromFile } from "@vexil/plugin-api";
import { AccessTokenAuthenticator } from "./access-token-authenticator.js";
import { type AccessTokenSettings, accessTokenSettings } from "./settings.js";

export default defineAuth<AccessTokenSettings>({
  name: "access-token",
  schema: accessTokenSettings,
  async create(settings, context) {
    const token = settings.access_token ?? (await secretFromFile(settings.access_token_file ?? ""));
    return new AccessTokenAuthenticator(token, context.logger);
  },
});
