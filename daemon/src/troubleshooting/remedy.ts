import type { ErrorCode } from "@vexil/plugin-api/errors";

/** Why an error happens most often, and what to do about it: Markdown without links, a sentence or a few each. */
export type Remedy = readonly [cause: string, action: string];

/** One for each code. */
export type RemediesOf = Readonly<Record<ErrorCode, Remedy>>;
