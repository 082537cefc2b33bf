import { VexilError } from "@vexil/plugin-api/errors";
import type { RouteRequest } from "./route.js";

/** The value of a query parameter, by the first of its names that is there; "" without one. */
export function queryValue({ query }: Pick<RouteRequest, "query">, ...names: readonly string[]): string {
  for (const name of names) {
    const value = query.get(name);
    if (value !== null) return value;
  }
  return "";
}

/** @returns 0 without one @throws VexilError VEXIL_VALIDATION_REQUEST */
export function queryInteger(request: Pick<RouteRequest, "query">, name: string): number {
  const text = queryValue(request, name);
  if (text === "") return 0;
  const value = Number(text);
  if (/^[-+]?\d+$/.test(text) && Math.abs(value) < 2 ** 31) return value;
  throw fieldError(name, text, "a 32-bit integer");
}

export function fieldError(name: string, text: string, wanted: string): VexilError {
  const message = `parsing field "${name}": ${JSON.stringify(text)} is not ${wanted}`;
  return new VexilError("VEXIL_VALIDATION_REQUEST", message);
}
