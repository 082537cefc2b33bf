import { createClient } from "@redis/client";
import { defineSink, type Sink, type SinkEvent, VexilError, z } from "@vexil/plugin-api";
import { secretText } from "@vexil/plugin-api/settings";

/** Entries are added all or none, and an event whose id has been seen is not added again. */
const ADD = `
for at = 2, #ARGV, 2 do
  if redis.call("SET", KEYS[1] .. ":seen:" .. ARGV[at], "1", "NX", "EX", ARGV[1]) then
    redis.call("XADD", KEYS[1], "*", "id", ARGV[at], "event", ARGV[at + 1])
  end
end
return 1`;
/** Ids are known for so long: more than the longest max_age of a usual sink. */
const SEEN_S = 7 * 24 * 3_600;
const CONNECT_MS = 3_000;

/** The events of a stream, for tests. */
export async function eventsIn(url: string, stream: string): Promise<readonly SinkEvent[]> {
  const client = await createClient({ url }).connect();
  try {
    const entries = await client.xRange(stream, "-", "+");
    return (entries ?? []).map(({ message }) => JSON.parse(message.event ?? "") as SinkEvent);
  } finally {
    client.destroy();
  }
}

export default defineSink({
  name: "redis",
  schema: z.strictObject({ url: secretText(), stream: z.string().min(1).default("vexil") }),
  capabilities: { batch: 100 },
  async create({ url, stream }): Promise<Sink> {
    const client = createClient({
      url: url.reveal(),
      disableOfflineQueue: true,
      // The host tries again, with a back-off.
      socket: { connectTimeout: CONNECT_MS, reconnectStrategy: false },
    });
    // What is wrong is said by the call that meets it.
    client.on("error", () => {});
    let isClosed = false;
    let connecting: Promise<unknown> | undefined;
    return {
      async deliver(events, { signal }) {
        signal.throwIfAborted();
        try {
          if (isClosed) throw new Error("the sink is closed");
          if (!client.isReady) {
            connecting = client.connect();
            await connecting;
          }
          const entries = events.flatMap((event) => [event.id, JSON.stringify(event)]);
          await client.withAbortSignal(signal).eval(ADD, { keys: [stream], arguments: [`${SEEN_S}`, ...entries] });
        } catch (cause) {
          if (client.isOpen) client.destroy();
          throw new VexilError("VEXIL_UNAVAILABLE_SINK", "Redis does not take events", { cause });
        }
      },
      async close() {
        isClosed = true;
        // A connection that comes later would stay.
        await connecting?.catch(() => {});
        if (client.isOpen) client.destroy();
      },
    };
  },
});
