import type { ExecutionContext } from "ava";

/** An answer, its body parsed when it is JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
  readonly text: string;
}

/** Sends one request as `curl -d` would: the content type says that it is a form, which must not matter. */
export async function ask(
  url: string,
  method: string,
  path: string,
  options: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Answer> {
  const { body } = options;
  const response = await fetch(`${url}/${path}`, {
    method,
    headers: { "content-type": "application/x-www-form-urlencoded", ...options.headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined;
  }
  return { status: response.status, headers: response.headers, body: parsed, text };
}

const PLACEHOLDERS: Readonly<Record<string, (value: unknown) => boolean>> = {
  "@ts": (value) => typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.(\d{3}){1,3})?Z$/.test(value),
  "@ms": (value) => typeof value === "number" && value >= 0,
  "@uuid": (value) =>
    typeof value === "string" && /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(value),
  "@rev": (value) => typeof value === "string" && /^[0-9a-f]{40}$/.test(value),
};

/** Compares by value; placeholders stand for any value of their form, `segmentKeys` is a set. */
export function matches(t: ExecutionContext, actual: unknown, expected: unknown, path = "body"): void {
  if (typeof expected === "string" && PLACEHOLDERS[expected] !== undefined) {
    t.true(PLACEHOLDERS[expected](actual), `${path}: ${JSON.stringify(actual)} is no ${expected}`);
  } else if (Array.isArray(expected)) {
    t.true(Array.isArray(actual), `${path}: ${JSON.stringify(actual)} is no list`);
    if (!Array.isArray(actual)) return;
    const isSet = path.endsWith(".segmentKeys");
    const [a, b] = isSet ? [[...actual].sort(), [...expected].sort()] : [actual, expected];
    t.is(a.length, b.length, `${path}: number of items`);
    for (const [index, item] of b.entries()) matches(t, a[index], item, `${path}[${index}]`);
  } else if (typeof expected === "object" && expected !== null) {
    const found = Object(actual) as Record<string, unknown>;
    t.deepEqual(Object.keys(found).sort(), Object.keys(expected).sort(), `${path}: members`);
    for (const [key, value] of Object.entries(expected)) matches(t, found[key], value, `${path}.${key}`);
  } else t.deepEqual(actual, expected, path);
}
