import { appendFile, readFile } from "node:fs/promises";
import { defineSink, type Sink, type SinkEvent, VexilError, z } from "@vexil/plugin-api";

/** Events that were told so far, for tests. */
export async function eventsIn(path: string): Promise<readonly SinkEvent[]> {
  const lines = (await readFile(path, "utf8")).split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as SinkEvent);
}

export default defineSink({
  name: "__name__",
  // The keys beside `type`, `filter`, `from` and `max_age`. What a user mistypes is refused with its full path.
  schema: z.strictObject({ path: z.string().min(1) }),
  // Events that are delivered at once, at most.
  capabilities: { batch: 100 },
  async create(settings, context): Promise<Sink> {
    context.logger.log("debug", "__name__.opened", "a sink was opened", { sink: context.sink.name });
    return {
      // All or none, in order. What rejects is delivered again, later; whoever must see an event once looks at its `id`.
      async deliver(events, { signal }) {
        signal.throwIfAborted();
        try {
          await appendFile(settings.path, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
        } catch (error) {
          throw new VexilError("VEXIL_UNAVAILABLE_SINK", `${settings.path} cannot be written`, { cause: error });
        }
      },
      async close() {},
    };
  },
});
