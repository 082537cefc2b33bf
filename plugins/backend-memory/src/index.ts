import { defineBackend } from "@vexil/plugin-api";
import { MemoryBackend } from "./memory-backend.js";
import { SavedState } from "./saved-state.js";
import { type Settings, schema } from "./settings.js";

/** Unless `max_size` says otherwise. */
const MAX_BYTES = 192 * 2 ** 20;

export default defineBackend<Settings>({
  name: "memory",
  schema,
  capabilities: { durable: false, shared: false },
  async create(settings, context) {
    const maxBytes = settings.max_size ?? MAX_BYTES;
    if (settings.saved_state_path === undefined) return new MemoryBackend(maxBytes);
    const saved = new SavedState(settings.saved_state_path, context.logger);
    const state = await saved.load(context.signal);
    return new MemoryBackend(maxBytes, state, saved);
  },
});
