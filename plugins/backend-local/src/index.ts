import { defineBackend } from "@vexil/plugin-api";
import { type Settings, schema } from "./config.js";
import { LocalBackend } from "./local-backend.js";

export default defineBackend<Settings>({
  name: "local",
  schema,
  capabilities: { durable: true, shared: false },
  create: (settings, context) => LocalBackend.open(settings, context),
});
