/** Facts about the entity in a request: property → text. */
export interface Context {
  readonly [property: string]: string;
}

/** Only own properties count: a property named `constructor` is missing unless the request has it. */
export function contextValue(context: Context, property: string): string {
  return Object.hasOwn(context, property) ? (context[property] ?? "") : "";
}
