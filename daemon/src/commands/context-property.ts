import { InvalidArgumentError } from "commander";

/** Adds a property that an argument gives to a context. */
export function contextProperty(
  text: string,
  before: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const equals = text.indexOf("=");
  if (equals < 1) throw new InvalidArgumentError("write property=value");
  return { ...before, [text.slice(0, equals)]: text.slice(equals + 1) };
}
