import type { ShownHistory } from "../http/management/shown-history.js";
import { describeChange } from "./describe-change.js";

const NOTHING = "nothing to show: no commit that is known, or no further one, changed it\n";

/** A page of what changed, for users. */
export function historyText({ commits, nextPageToken }: ShownHistory): string {
  if (commits.length === 0 && nextPageToken === "") return NOTHING;
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
