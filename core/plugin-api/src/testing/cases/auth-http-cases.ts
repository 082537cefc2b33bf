import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { SignedRequest } from "../../authenticator.js";
import { type AuthRun, AuthSession, greeting } from "../auth-session.js";
import { CALL_MS, CLOSE_MS } from "../backend-session.js";
import { type ConformanceCase, within } from "../conformance-case.js";

/** A token and a field value (RFC 9110 §5.6.2, §5.5): what an HTTP client sends without a complaint. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Headers for smart HTTP. */
export function authHttpCases(run: AuthRun): readonly ConformanceCase[] {
  const never = new AbortController().signal;
  return [
    AuthSession.case(run, "brings headers that an HTTP client can send", async (session) => {
      const authenticator = await session.http();
      for (const refresh of [false, true]) {
        const headers = await within(CALL_MS, "headers", () =>
          authenticator.headers(run.origin, greeting(refresh), never),
        );
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
    AuthSession.case(run, "brings headers of the same names each time, to many at once", async (session) => {
      const authenticator = await session.http();
      const all = await within(CALL_MS, "headers", () =>
        Promise.all(
          Array.from({ length: 20 }, (_, index) => authenticator.headers(run.origin, greeting(index % 2 === 1), never)),
        ),
      );
      // Their values may differ: a signature has a time.
      const names = all.map((headers) => Object.keys(headers).sort().join(" "));
      for (const one of names) assert.equal(one, names[0]);
    }),
    AuthSession.case(run, "gives headers that the caller may change", async (session) => {
      const authenticator = await session.http();
      const first = (await authenticator.headers(run.origin, greeting(), never)) as Record<string, string>;
      first["x-added"] = "1";
      const second = await authenticator.headers(run.origin, greeting(), never);
      assert.ok(!("x-added" in second), "what one caller adds, the next one gets");
    }),
    AuthSession.case(run, "brings headers for every kind of request", async (session) => {
      const authenticator = await session.http();
      const requests: readonly SignedRequest[] = [
        { method: "GET", path: "/flags.git/info/refs?service=git-receive-pack", bodySha256: sha256("") },
        { method: "POST", path: "/flags.git/git-upload-pack", bodySha256: sha256("0014command=ls-refs\n") },
        { method: "POST", path: "/fl%20ags.git/git-receive-pack", bodySha256: sha256("0000PACK") },
      ];
      for (const request of requests) {
        const asked = (): Promise<Readonly<Record<string, string>>> =>
          authenticator.headers(run.origin, { refresh: false, request }, never);
        for (const value of Object.values(await within(CALL_MS, "headers", asked))) assert.ok(VALUE.test(value));
      }
    }),
    AuthSession.case(run, "settles when it is aborted", async (session) => {
      const authenticator = await session.http();
      const signal = AbortSignal.abort(new Error("not wanted any more"));
      await session.outcome(CLOSE_MS, "headers", () => authenticator.headers(run.origin, greeting(), signal));
      await within(CALL_MS, "headers", () => authenticator.headers(run.origin, greeting(), never));
    }),
  ];
}
