import test from "ava";
import { keysOf, sameKeys } from "../../../plugins/authentication-jwt/dist/verification-key.js";
import { issuerKey } from "../helpers/http/jwks-server.js";

test("a set of keys is the same in any order and with anything beside it, and another with another key", async (t) => {
  const [one, other, third] = await Promise.all(["one", "other", "third"].map((id) => issuerKey("ES256", id)));
  const set = (...keys: readonly object[]) => keysOf({ keys, at: Math.random() });
  const [a, b, c] = [one?.jwk ?? {}, other?.jwk ?? {}, third?.jwk ?? {}];
  t.true(sameKeys(set(a, b), set(b, { ...a, x5t: "x", key_ops: ["verify"] })));
  t.false(sameKeys(set(a, b), set(a)));
  t.false(sameKeys(set(a, b), set(a, c)));
  t.false(sameKeys(set(a), set({ ...a, kid: "renamed" })));
  t.false(sameKeys(set(a), set({ ...a, alg: undefined })));
});
