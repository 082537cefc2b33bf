import type { SinkEvent } from "@vexil/plugin-api";

/** Events that the text of a stream of `/api/v2/events` tells so far. */
export function eventsOf(text: string): readonly SinkEvent[] {
  return framesOf(text).flatMap(({ event, data }) =>
    event === undefined && data ? [JSON.parse(data) as SinkEvent] : [],
  );
}

/** The position of whoever has read the text, as a browser remembers it. */
export function lastIdOf(text: string): string | undefined {
  return framesOf(text).findLast(({ id }) => id !== undefined)?.id;
}

/** Data of the events that are called `end`. */
export function endsOf(text: string): readonly unknown[] {
  return framesOf(text).flatMap(({ event, data }) => (event === "end" ? [JSON.parse(data ?? "null")] : []));
}

interface Frame {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
}

/** Whole frames of server-sent events. */
export function framesOf(text: string): readonly Frame[] {
  const blocks = text.split("\n\n").slice(0, -1);
  return blocks.map((block) =>
    Object.fromEntries(
      block.split("\n").flatMap((line) => {
        const colon = line.indexOf(":");
        return colon < 1 ? [] : [[line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")]];
      }),
    ),
  );
}
