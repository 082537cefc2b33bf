/** How often a flag gave one answer, since that was told last. */
export type EvaluationCount = readonly [
  environment: string,
  namespace: string,
  flag: string,
  /** A variant's key (`""`: none), or `true` and `false`. */
  value: string,
  /** As answers name it: `MATCH_EVALUATION_REASON`. */
  reason: string,
  count: number,
];
