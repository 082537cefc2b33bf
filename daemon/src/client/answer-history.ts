import type { ShownBisect } from "../http/past/shown-bisect.js";
import type { BisectRequest } from "./ask-bisect.js";
import { answerText } from "./bisect-text.js";
import { describeChange } from "./describe-change.js";

/** A page of a history with answers. */
export interface AnswerHistoryQuery {
  readonly namespace: string;
  readonly flag: string;
  readonly entityId: string;
  readonly context: Readonly<Record<string, string>>;
  readonly limit: number;
  readonly pageToken: string | undefined;
}

/** The search whose result is a page of {@link answerHistory}. */
export function answerHistoryRequest(query: AnswerHistoryQuery): BisectRequest {
  const { namespace: namespaceKey, flag: flagKey, entityId, context, limit, pageToken } = query;
  const question = { namespaceKey, flagKey, entityId, context, limit, all: true, unchanged: true, explain: false };
  return pageToken === undefined ? question : { ...question, to: pageToken };
}

/** A page of commits that changed a flag or its segments, each with what the flag gave an entity from then on. */
export function answerHistory({ changes, complete, next = "" }: ShownBisect) {
  const commits = changes.map(({ author, email, time, after, before, changed, items, ...commit }) => ({
    revision: commit.revision,
    message: commit.message,
    authorName: author,
    authorEmail: email,
    timestamp: time,
    changes: items,
    answer: after,
    ...(changed ? { before } : {}),
  }));
  return { commits, nextPageToken: next, complete: complete || next !== "" };
}

export type AnswerHistory = ReturnType<typeof answerHistory>;

/** The same for users. */
export function answerHistoryText({ commits, nextPageToken, complete }: AnswerHistory): string {
  const blocks = commits.map(({ revision, timestamp, authorName, authorEmail, message, answer, before, changes }) => [
    `${revision}  ${timestamp}  ${authorName} <${authorEmail}>`,
    `    ${message.split("\n")[0]}`,
    `    ${before === undefined ? "" : `${answerText(before)}  →  `}${answerText(answer)}`,
    ...changes.flatMap(describeChange).map((line) => `    ${line}`),
    "",
  ]);
  const more = nextPageToken === "" ? [] : [`More: --page-token ${nextPageToken}`, ""];
  const rest = complete ? [] : ["What was before is not known.", ""];
  return [...blocks.flat(), ...more, ...rest].join("\n");
}
