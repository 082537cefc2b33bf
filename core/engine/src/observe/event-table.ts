import type { EventEntry } from "@vexil/plugin-api";
import { CATALOGUE_VERSION, COMMON_FIELDS, EVENTS } from "./catalogue.js";

/**
 * The page of all events, in Markdown. `npm run docs:events` writes it to `daemon/EVENTS.md`.
 * @param ofPlugins the catalogues of the bundled plugins
 */
export function eventTable(...ofPlugins: readonly Readonly<Record<string, EventEntry>>[]): string {
  const entries = Object.entries<EventEntry>(Object.assign({}, EVENTS, ...ofPlugins)).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  const rows = entries.map(([event, { level, alsoAt = [], meaning, message, fields }]) => {
    const levels = [level, ...alsoAt].join(", ");
    return `| \`${event}\` | ${levels} | ${cell(message)} | ${cell(meaning)} | ${fields.map((field) => `\`${field}\``).join(" ")} |`;
  });
  return `# Events in the log

Made by \`npm run docs:events\` from the catalogue in \`core/engine/src/observe\` and those of the bundled plugins. Version of the catalogue: ${CATALOGUE_VERSION}; it changes when an
event is renamed or removed, or loses a field. The message of an event never varies.

Every line has \`time\` (RFC 3339, milliseconds), \`level\`, \`event\` and \`message\`; ${COMMON_FIELDS.map((field) => `\`${field}\``).join(", ")}
where they apply. debug: nothing changed; info: something changed; warn: is tried again by itself; error: needs an operator.

| event | level | message | meaning | fields |
|---|---|---|---|---|
${rows.join("\n")}
`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
