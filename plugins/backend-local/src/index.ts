import { defineBackend } from "@vexil/plugin-api";
import { LocalBackend } from "./local-backend.js";
import { type Settings, schema } from "./settings.js";

export default defineBackend<Settings>({
  name: "local",
  schema,
  capabilities: { durable: true, shared: false },
  create: (settings, context) => LocalBackend.open(settings, context),
});
