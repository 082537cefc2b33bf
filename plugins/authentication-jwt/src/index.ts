import { defineAuthentication } from "@vexil/plugin-api";
import { JwtMethod } from "./jwt-method.js";
import { keySource } from "./key-source.js";
import { type JwtSettings, jwtSettings } from "./settings.js";

export default defineAuthentication<JwtSettings>({
  name: "jwt",
  schema: jwtSettings,
  create: async (settings, context) => new JwtMethod(settings, await keySource(settings, context)),
});
