import { defineBackend } from "@vexil/plugin-api";
import { RedisBackend } from "./redis-backend.js";
import { type Settings, schema } from "./settings.js";

export default defineBackend<Settings>({
  name: "redis",
  schema,
  capabilities: { durable: true, shared: true },
  create: (settings, context) => RedisBackend.open(settings, context),
});
