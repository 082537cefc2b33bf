/** Why an evaluation came out as it did, as the wire names it. */
export type Reason =
  | "UNKNOWN_EVALUATION_REASON"
  | "FLAG_DISABLED_EVALUATION_REASON"
  | "MATCH_EVALUATION_REASON"
  | "DEFAULT_EVALUATION_REASON";
