import { defineBackend } from "@vexil/plugin-api";
import { PostgresBackend } from "./postgres-backend.js";
import { type Settings, schema } from "./settings.js";

export default defineBackend<Settings>({
  name: "postgres",
  schema,
  capabilities: { durable: true, shared: true },
  create: (settings, context) => PostgresBackend.open(settings, context),
});
