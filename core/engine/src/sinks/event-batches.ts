import type { SinkEvent } from "@vexil/plugin-api";

/** JSON text of the events of one delivery, about; one event may be larger. */
const BATCH_BYTES = 1_000_000;

/** Some events that are delivered together; what they hold is nobody else's. */
export type EventBatch = readonly SinkEvent[];

/** Gathers the events that a sink gets, as plain JSON: a sink may do with them what it likes. */
export async function* eventBatches(
  events: AsyncIterable<SinkEvent>,
  isWanted: (event: SinkEvent) => boolean,
  most: number,
): AsyncGenerator<EventBatch> {
  let batch: SinkEvent[] = [];
  let bytes = 0;
  for await (const event of events) {
    if (!isWanted(event)) continue;
    const text = JSON.stringify(event);
    if (batch.length > 0 && (batch.length >= most || bytes + text.length > BATCH_BYTES)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(JSON.parse(text) as SinkEvent);
    bytes += text.length;
  }
  if (batch.length > 0) yield batch;
}
