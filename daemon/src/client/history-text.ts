import type { ShownHistory } from "../http/management/shown-history.js";
import { describeChange } from "./describe-change.js";

/** A page of what changed, for users. */
export function historyText({ commits, nextPageToken }: ShownHistory): string {
  const blocks = commits.map(({ revision, message, authorName, authorEmail, actor, timestamp, changes }) => {
    const lines = changes.flatMap(describeChange).map((line) => `    ${line}`);
    const caller = actor === undefined ? "" : `  (${actor})`;
    return [
      `${revision}  ${timestamp}  ${authorName} <${authorEmail}>${caller}`,
      `    ${message.split("\n")[0]}`,
      ...lines,
      "",
    ];
  });
  const more = nextPageToken === "" ? [] : [`More: --page-token ${nextPageToken}`, ""];
  return [...blocks.flat(), ...more].join("\n");
}
