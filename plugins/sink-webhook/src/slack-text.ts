import type { SinkEvent } from "@vexil/plugin-api";

const MOST_LINES = 20;
const LONGEST_NAME = 200;

/** Lines for people, in the markup of Slack and what is like it. Names from flags are text there, and never markup. */
export function slackText(events: readonly SinkEvent[]): string {
  const lines = events.slice(0, MOST_LINES).map(lineOf);
  const omitted = events.length - lines.length;
  return [...lines, ...(omitted > 0 ? [`… and ${omitted} more`] : [])].join("\n");
}

function lineOf(event: SinkEvent): string {
  switch (event.kind) {
    case "change": {
      const { type, namespace, key, before, after, actor, environment, revision } = event;
      const verb = before === undefined ? "new" : after === undefined ? "deleted" : "changed";
      const name = type === "namespace" ? namespace : `${namespace}/${key}`;
      return `${slackEscaped(environment)}: ${type} ${slackEscaped(name)} ${verb} by ${slackEscaped(actor)} (${revision.slice(0, 8)})`;
    }
    case "quarantine": {
      const { environment, file, after } = event;
      const what = after === undefined ? "is mended" : `is faulty: ${slackEscaped(after.reason)}`;
      return `${slackEscaped(environment)}: ${slackEscaped(file)} ${what}`;
    }
    case "gap":
      return `${slackEscaped(event.environment)}: what changed up to ${event.revision.slice(0, 8)} is not known`;
    case "storage":
      return `storage ${slackEscaped(event.storage)} is ${event.after}${event.error === undefined ? "" : `: ${slackEscaped(event.error.message)}`}`;
  }
}

/** A name, or what somebody wrote, as text of a message. */
export function slackEscaped(name: string): string {
  const short = name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name;
  return short
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/[*_~`]/g, (mark) => `\u200b${mark}`);
}
