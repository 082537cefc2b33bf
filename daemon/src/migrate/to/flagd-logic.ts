import type { Constraint } from "@vexil/flags/read/document";
import { parseNumber } from "@vexil/flags/read/parse-number";
import { NotCarried } from "../model/not-carried.js";

const ORDERS: Readonly<Record<string, string>> = { lt: "<", lte: "<=", gt: ">", gte: ">=" };

/**
 * A constraint in JsonLogic. There null is a value like others, so whatever is false here without a property asks for it.
 * @throws NotCarried
 */
export function constraintLogic({ type, property, operator, value }: Constraint): unknown {
  const isEntity = type === "ENTITY_ID_COMPARISON_TYPE";
  if (!isEntity && property.includes(".")) throw new NotCarried(`a property with a dot (${property})`);
  const subject = { var: isEntity ? "targetingKey" : property };
  // Not "!=": there 0 and false equal null.
  const present = { "!==": [subject, null] };
  const there = (logic: unknown): unknown => (isEntity ? logic : { and: [present, logic] });
  if (operator === "empty" || operator === "notpresent")
    return isEntity ? { "==": [1, 2] } : { "===": [subject, null] };
  if (operator === "notempty" || operator === "present") return isEntity ? { "==": [1, 1] } : present;
  if (type === "DATETIME_COMPARISON_TYPE") throw new NotCarried("a comparison of times");
  if (type === "BOOLEAN_COMPARISON_TYPE") return { "===": [subject, operator === "true"] };
  const isList = operator === "isoneof" || operator === "isnotoneof";
  const wanted = isList ? (JSON.parse(value) as unknown) : type === "NUMBER_COMPARISON_TYPE" ? numberOf(value) : value;
  switch (operator) {
    case "eq":
      return { "===": [subject, wanted] };
    case "neq":
      return there({ "!==": [subject, wanted] });
    case "isoneof":
      return { in: [subject, wanted] };
    case "isnotoneof":
      return there({ "!": [{ in: [subject, wanted] }] });
    case "prefix":
      return { starts_with: [subject, wanted] };
    case "suffix":
      return { ends_with: [subject, wanted] };
    case "contains":
      return { in: [wanted, subject] };
    case "notcontains":
      return there({ "!": [{ in: [wanted, subject] }] });
    default:
      return there({ [ORDERS[operator] ?? operator]: [subject, wanted] });
  }
}

function numberOf(text: string): number {
  const number = parseNumber(text);
  if (number === undefined || !Number.isFinite(number)) throw new NotCarried(`the number ${JSON.stringify(text)}`);
  return number;
}
