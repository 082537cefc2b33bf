import type { SinkEvent } from "@vexil/plugin-api";
import { cloudEvent } from "./cloud-event.js";
import { slackText } from "./slack-text.js";
import { jsonMaker, slackMaker } from "./templated.js";

/** Body of a request. */
export interface Message {
  readonly contentType: string;
  readonly body: string;
}

export type Format = "json" | "cloudevents" | "slack";

/** Makes the body of one request from events, between one and the sink's `batch`. */
export type MakeMessage = (events: readonly SinkEvent[]) => Message;

/**
 * How messages are made.
 * @param batch events of one message at most; a single CloudEvent goes without the list of a batch around it
 * @throws TemplateSyntaxError
 */
export function messageMaker(format: Format, template: string | undefined, batch: number): MakeMessage {
  switch (format) {
    case "json":
      return jsonMessage(template === undefined ? (events) => JSON.stringify({ events }) : jsonMaker(template));
    case "slack": {
      const textOf = template === undefined ? slackText : slackMaker(template);
      return jsonMessage((events) => JSON.stringify({ text: textOf(events) }));
    }
    case "cloudevents":
      return batch === 1
        ? ([event]) => cloudMessage("cloudevents", event === undefined ? [] : cloudEvent(event))
        : (events) => cloudMessage("cloudevents-batch", events.map(cloudEvent));
  }
}

function jsonMessage(make: (events: readonly SinkEvent[]) => string): MakeMessage {
  return (events) => ({ contentType: "application/json", body: make(events) });
}

function cloudMessage(type: string, content: unknown): Message {
  return { contentType: `application/${type}+json; charset=utf-8`, body: JSON.stringify(content) };
}
