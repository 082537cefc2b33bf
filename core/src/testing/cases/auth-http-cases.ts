import assert from "node:assert/strict";
import { type AuthRun, AuthSession } from "../auth-session.js";
import { CALL_MS } from "../backend-session.js";
import { type ConformanceCase, within } from "../conformance-case.js";

/** A token and a field value (RFC 9110 §5.6.2, §5.5): what an HTTP client sends without a complaint. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Headers for smart HTTP. */
export function authHttpCases(run: AuthRun): readonly ConformanceCase[] {
  const never = new AbortController().signal;
  return [
    AuthSession.case(run, "brings headers that an HTTP client can send", async (session) => {
      const authenticator = await session.http();
      for (const refresh of [false, true]) {
        const headers = await within(CALL_MS, "headers", () => authenticator.headers(run.origin, { refresh }, never));
        for (const [name, value] of Object.entries(headers)) {
          assert.match(name, NAME);
          assert.equal(typeof value, "string", `${name} is a text`);
          assert.ok(VALUE.test(value), `the value of ${name} has characters that cannot be sent`);
        }
      }
    }),
    AuthSession.case(run, "says by a boolean or not at all whether reading again may help", async (session) => {
      const { refreshable } = await session.http();
      assert.ok(refreshable === undefined || typeof refreshable === "boolean");
    }),
    AuthSession.case(run, "brings the same headers each time, to many at once", async (session) => {
      const authenticator = await session.http();
      const all = await within(CALL_MS, "headers", () =>
        Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            authenticator.headers(run.origin, { refresh: index % 2 === 1 }, never),
          ),
        ),
      );
      for (const headers of all) assert.ok(JSON.stringify(headers) === JSON.stringify(all[0]), "they differ");
    }),
    AuthSession.case(run, "gives headers that the caller may change", async (session) => {
      const authenticator = await session.http();
      const first = (await authenticator.headers(run.origin, { refresh: false }, never)) as Record<string, string>;
      const before = JSON.stringify(first);
      first["x-added"] = "1";
      const second = await authenticator.headers(run.origin, { refresh: false }, never);
      assert.ok(JSON.stringify(second) === before, "what one caller adds, the next one gets");
    }),
    AuthSession.case(run, "settles when it is aborted", async (session) => {
      const authenticator = await session.http();
      const signal = AbortSignal.abort(new Error("not wanted any more"));
      await session.outcome("headers", () => authenticator.headers(run.origin, { refresh: false }, signal));
      await within(CALL_MS, "headers", () => authenticator.headers(run.origin, { refresh: false }, never));
    }),
  ];
}
