import { BASE } from "../api/base.js";
import { client } from "../api/client.js";
import { holdToken } from "../api/token.js";
import { forgetDrafts } from "../edit/kept-draft.js";

/** Ends the session here, and at its provider where that has a page for it. Whatever was shown is forgotten. */
export async function logout(): Promise<void> {
  const { data } = await client.DELETE("/auth/v1/self/revoke").catch(() => ({ data: undefined }));
  holdToken(undefined);
  forgetDrafts();
  location.assign(data?.nextUri ?? `${BASE}login`);
}
