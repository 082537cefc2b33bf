const WORDS: Readonly<Record<string, string>> = {
  eq: "is",
  neq: "is not",
  lt: "is below",
  lte: "is at most",
  gt: "is above",
  gte: "is at least",
  true: "is true",
  false: "is false",
  present: "is there",
  notpresent: "is not there",
  empty: "is empty",
  notempty: "is not empty",
  prefix: "begins with",
  suffix: "ends with",
  contains: "contains",
  notcontains: "does not contain",
  isoneof: "is one of",
  isnotoneof: "is none of",
};

/** An operator as people say it; one that is not known stays what it is. */
export function operatorWords(operator: string): string {
  return Object.hasOwn(WORDS, operator) ? (WORDS[operator] ?? operator) : operator;
}
