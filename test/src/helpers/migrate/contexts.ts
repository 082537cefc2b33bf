import fc from "fast-check";

/** A context as applications give it: each property is of one kind, or is not there. */
export interface TypedContext {
  readonly id: string;
  readonly country?: string;
  readonly email?: string;
  readonly age?: number;
  readonly beta?: boolean;
}

export const COUNTRIES = ["de", "fr", "us", "de-AT"] as const;
export const EMAILS = ["ada@example.com", "bob@test.org", "eve@example.org"] as const;
export const AGES = [-3, 0, 5, 18, 18.5, 65] as const;
export const IDS = ["u1", "u2", "u3", "admin-1"] as const;

export const contexts: fc.Arbitrary<TypedContext> = fc.record(
  {
    id: fc.constantFrom(...IDS),
    country: fc.constantFrom(...COUNTRIES),
    email: fc.constantFrom(...EMAILS),
    age: fc.constantFrom(...AGES),
    beta: fc.boolean(),
  },
  { requiredKeys: ["id"] },
);

/** Its properties as texts, as OFREP passes them on. */
export function asTexts({ id: _, ...properties }: TypedContext): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, String(value)]));
}
