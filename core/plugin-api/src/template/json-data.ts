import { isMap, MAP, type TemplateObject, type TemplateValue } from "./template-functions.js";

/**
 * Plain JSON as data of a template: objects are maps, whose members that are not there are nothing.
 * @example parseTemplate("{{ .flag.key }} {{ .flag.owner }}").render(toTemplateData({ flag: { key: "a" } })) // "a <no value>"
 */
export function toTemplateData(members: Readonly<Record<string, unknown>>): TemplateObject {
  const fields = Object.fromEntries(Object.entries(members).map(([name, value]) => [name, toValue(value)]));
  return { type: MAP, fields };
}

/**
 * JSON of a value of a template.
 * @example templateJson(toTemplateData({ a: [1] })) // '{"a":[1]}'
 */
export function templateJson(value: TemplateValue): string {
  return JSON.stringify(plain(value) ?? null);
}

function toValue(value: unknown): TemplateValue {
  if (Array.isArray(value)) return value.map(toValue);
  if (typeof value === "object" && value !== null) return toTemplateData(value as Readonly<Record<string, unknown>>);
  return value === null ? undefined : (value as TemplateValue);
}

function plain(value: TemplateValue): unknown {
  if (Array.isArray(value)) return value.map((item) => plain(item) ?? null);
  if (!isMap(value)) return isObject(value) ? value.text : value;
  return Object.fromEntries(Object.entries(value.fields).map(([name, one]) => [name, plain(one)]));
}

function isObject(value: TemplateValue): value is TemplateObject {
  return typeof value === "object" && !Array.isArray(value);
}
