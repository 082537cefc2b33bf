import { defineBackend } from "@vexil/plugin-api";
import { type Settings, schema } from "./config.js";
import { PostgresBackend } from "./postgres-backend.js";

export default defineBackend<Settings>({
  name: "postgres",
  schema,
  capabilities: { durable: true, shared: true },
  create: (settings, context) => PostgresBackend.open(settings, context),
});
