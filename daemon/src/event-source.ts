import type { Config } from "@vexil/config/config";
import type { EventReaderParts } from "@vexil/engine/sinks/event-reader";
import type { CommitKeys } from "./access/commit-keys.js";
import type { EventSource } from "./http/events/event-source.js";

/** Parts of where events come from. */
export interface EventSourceParts extends Omit<EventReaderParts, "needsProof"> {
  readonly config: () => Config;
  readonly commitKeys: CommitKeys;
}

/** Events of a daemon's storages. Until somebody asks for them, nothing that reads them is loaded. */
export function eventSource({ config, commitKeys, ...parts }: EventSourceParts): EventSource {
  return {
    reader: async () => {
      const { EventReader } = await import("@vexil/engine/sinks/event-reader");
      return new EventReader({ ...parts, needsProof: () => config().authentication.required });
    },
    clock: parts.clock,
    keys: commitKeys,
  };
}
