import { defineAuthentication } from "@vexil/plugin-api";
import { type TokenSettings, tokenSettings } from "./settings.js";
import { StaticTokens } from "./static-tokens.js";

export default defineAuthentication<TokenSettings>({
  name: "token",
  schema: tokenSettings,
  create: async (settings) => new StaticTokens(settings),
});
