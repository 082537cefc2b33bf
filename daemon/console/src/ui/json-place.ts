import { type ParseError, parse } from "jsonc-parser";

/**
 * Place where a text stops being JSON: characters from its start; undefined for JSON. Browsers tell it now and then only.
 */
export function faultPlace(text: string): number | undefined {
  const errors: ParseError[] = [];
  parse(text, errors, { disallowComments: true });
  const [first] = errors;
  return first && Math.min(first.offset, text.length);
}
