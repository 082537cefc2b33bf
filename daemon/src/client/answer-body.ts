/** The message of an error's body; undefined where it is none of a daemon. */
export function messageOf(body: unknown): string | undefined {
  const message = (body as { readonly message?: unknown } | undefined)?.message;
  return typeof message === "string" ? message : undefined;
}

/** A body as JSON; undefined where it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
