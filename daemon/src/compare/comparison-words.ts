import type { ShownAffected } from "../http/past/shown-comparison.js";

type Region = ShownAffected["regions"][number];

/** A commit's id, abbreviated; files that are not committed have none. */
export function revisionWord(revision: string): string {
  return /^0+$/.test(revision) ? "work tree" : revision.slice(0, 12);
}

/** Shares are whole buckets, of which there are 1,000 at most: `7.0 %`. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** How many of everybody get another answer. */
export function shareText({ share, least, exact, regions }: ShownAffected): string {
  const part =
    share === least
      ? `${percent(share)} of everybody`
      : `${percent(least)} to ${percent(share)} of everybody, by the segments they are in`;
  if (exact) return share === 0 && regions.length > 0 ? "named entities only" : part;
  const why = regions.length === 0 ? "too many combinations to list" : "not all of these may be possible";
  return `${part} (bounds: ${why})`;
}

/** The people of a region: everybody whose segments are so, or the entities that are named. */
export function who({ when, bucket, grid, entities }: Region): string {
  if (entities !== undefined || (bucket[0] === 0 && bucket[1] === grid)) return when;
  return `${when} (buckets ${bucket[0]} to ${bucket[1] - 1} of ${grid})`;
}

export function answerText(answer: Region["before"]): string {
  if (answer === null) return "no flag";
  if ("enabled" in answer) return String(answer.enabled);
  const variant = answer.variant === "" ? "no variant" : answer.variant;
  return answer.attachment === undefined ? variant : `${variant} ${short(JSON.stringify(answer.attachment))}`;
}

function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
