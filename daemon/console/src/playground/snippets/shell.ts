import { type Asked, isBoolean, placeHeaders, TOKEN_VARIABLE } from "./asked.js";

/** Bytes that no argument can hold, and halves of characters that no encoding has. */
const UNSPEAKABLE = /\0|\p{Surrogate}/u;

/** A word of a POSIX shell that means this text and nothing else. */
export function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Asks as applications do, by the route of the flag's type; all flags by OFREP. */
export function curlLine(asked: Asked): string {
  const { url, flag, environment, namespace, entity, context, at, secured } = asked;
  const place = { environmentKey: environment, namespaceKey: namespace };
  const route =
    flag === undefined ? "ofrep/v1/evaluate/flags" : `evaluate/v1/${isBoolean(asked) ? "boolean" : "variant"}`;
  const one = { ...place, flagKey: flag, entityId: entity, context, ...(at === undefined ? {} : { at }) };
  const body = flag === undefined ? { context: ofrepContext(asked) } : one;
  const headers = flag === undefined ? placeHeaders(asked, true) : [];
  return [
    `curl -sS ${shellWord(`${url}/${route}`)}`,
    `-H 'Content-Type: application/json'`,
    ...headers.map(([name, value]) => `-H ${shellWord(`${name}: ${value}`)}`),
    ...(secured ? [`-H "Authorization: Bearer $${TOKEN_VARIABLE}"`] : []),
    `--data-raw ${shellWord(JSON.stringify(body))}`,
  ].join(" \\\n  ");
}

/** OFREP has the entity in the context. */
export const ofrepContext = ({ entity, context }: Asked): Readonly<Record<string, string>> => ({
  ...context,
  targetingKey: entity,
});

/** The command line's own words, and its reason where it has none for this. */
export function commandLine(command: "explain" | "evaluate", asked: Asked): string | { readonly reason: string } {
  const { url, flag, environment, namespace, entity, context, at, secured } = asked;
  const properties = Object.entries(context);
  if (flag === undefined) return { reason: "The command line asks one flag at a time." };
  if (properties.some(([key]) => key === "" || key.includes("="))) {
    return { reason: "The command line takes no property whose name is empty or has =." };
  }
  const words = [environment, namespace, flag, entity, at ?? "", ...properties.flat()];
  if (words.some((word) => UNSPEAKABLE.test(word))) return { reason: "No argument can hold what is asked here." };
  const option = (name: string, value: string): string => `--${name}=${shellWord(value)}`;
  return [
    `vexil ${command} ${option("url", url)}`,
    ...(environment === "default" ? [] : [option("environment", environment)]),
    ...(namespace === "default" ? [] : [option("namespace", namespace)]),
    option("entity", entity),
    ...properties.map(([key, value]) => option("context", `${key}=${value}`)),
    ...(at === undefined ? [] : [option("at", at)]),
    `-- ${shellWord(flag)}${secured ? `   # the token is taken from ${TOKEN_VARIABLE}` : ""}`,
  ].join(" \\\n  ");
}
