const KEY = "vexil.token";

/** The token that somebody logged in with; as long as the tab is open. */
export function heldToken(): string | undefined {
  return sessionStorage.getItem(KEY) ?? undefined;
}

export function holdToken(token: string | undefined): void {
  if (token === undefined) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, token);
}
