/** Members that hold what people made up; it stays as it is. */
const DATA = new Set(["metadata", "attachment"]);
const CONSTANT = /^([A-Z_]+)_(?:FLAG_TYPE|MATCH_TYPE|COMPARISON_TYPE|ROLLOUT_TYPE|SEGMENT_OPERATOR)$/;
const OF_CONSTANTS = new Set(["type", "matchType", "segmentOperator"]);

/** An item as people read it: constants of the API in words, and nothing that is about its message alone. */
export function plainItem(value: unknown, name = ""): unknown {
  if (DATA.has(name)) return value;
  if (Array.isArray(value)) return value.map((one) => plainItem(one));
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).filter(([member]) => member !== "@type");
    return Object.fromEntries(members.map(([member, one]) => [member, plainItem(one, member)]));
  }
  const constant = typeof value === "string" && OF_CONSTANTS.has(name) ? CONSTANT.exec(value)?.[1] : undefined;
  return constant === undefined ? value : constant.toLowerCase().replaceAll("_", " ");
}
