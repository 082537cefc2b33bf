import { defineBackend } from "@vexil/plugin-api";
import { type Settings, schema } from "./config.js";
import { MemoryBackend } from "./memory-backend.js";
import { SavedState } from "./saved-state.js";

export default defineBackend<Settings>({
  name: "memory",
  schema,
  capabilities: { durable: false, shared: false },
  async create(settings, context) {
    if (settings.saved_state_path === undefined) return new MemoryBackend(settings.max_size);
    const saved = new SavedState(settings.saved_state_path, context.logger);
    const state = await saved.load(context.signal);
    return new MemoryBackend(settings.max_size, state, saved);
  },
});
