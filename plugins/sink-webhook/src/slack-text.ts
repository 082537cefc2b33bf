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
      return `${text(environment)}: ${type} ${text(name)} ${verb} by ${text(actor)} (${revision.slice(0, 8)})`;
    }
    case "quarantine": {
      const { environment, file, after } = event;
      const what = after === undefined ? "is mended" : `is faulty: ${text(after.reason)}`;
      return `${text(environment)}: ${text(file)} ${what}`;
    }
    case "gap":
      return `${text(event.environment)}: what changed up to ${event.revision.slice(0, 8)} is not known`;
    case "storage":
      return `storage ${text(event.storage)} is ${event.after}${event.error === undefined ? "" : `: ${text(event.error.message)}`}`;
  }
}

function text(name: string): string {
  const short = name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name;
  return short
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/[*_~`]/g, (mark) => `\u200b${mark}`);
}
