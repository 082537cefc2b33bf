import assert from "node:assert/strict";
import { VexilError } from "../../errors/vexil-error.js";
import { type AuthenticationRun, AuthenticationSession, LOGIN_MS, newFlow } from "../authentication-session.js";
import { type ConformanceCase, Skip, within } from "../conformance-case.js";
import { HOSTILE_CREDENTIALS } from "./hostile-credentials.js";

const never = new AbortController().signal;

/** Logins by a browser, and their ends. */
export function authenticationLoginCases(run: AuthenticationRun): readonly ConformanceCase[] {
  return [
    AuthenticationSession.case(run, "sends the browser to a web address with the state", async (session) => {
      for (const [flow, address] of await authorized(session)) {
        const url = new URL(address);
        assert.match(url.protocol, /^https?:$/, "a browser is sent there");
        assert.equal(url.searchParams.get("state"), flow.state);
      }
    }),
    AuthenticationSession.case(run, "keeps the verifier to itself", async (session) => {
      for (const [flow, address] of await authorized(session)) {
        assert.ok(!decodeURIComponent(address).includes(flow.codeVerifier), "the verifier is in the address");
      }
    }),
    AuthenticationSession.case(
      run,
      "makes a login of its flow alone, so that any daemon can finish it",
      async (session) => {
        for (const [flow, address] of await authorized(session)) {
          const other = await session.login();
          assert.equal(await within(LOGIN_MS, "authorize", () => other.login.authorize(flow, never)), address);
        }
      },
    ),
    AuthenticationSession.case(run, "logs nobody in without a code of the provider's", async (session) => {
      const { login, providers } = await session.login();
      const codes = [
        "VEXIL_REFUSED_UNAUTHENTICATED",
        "VEXIL_VALIDATION_REQUEST",
        "VEXIL_UNAVAILABLE_PROVIDER",
      ] as const;
      for (const provider of providers) {
        const flow = newFlow(provider);
        for (const query of [{}, { error: "access_denied" }, { code: "" }, { code: "made-up" }, { code: "\u0000" }]) {
          const parameters = new URLSearchParams({ ...query, state: flow.state });
          await session.refused(`callback?${parameters}`, codes, () => login.callback(flow, parameters, never));
        }
      }
    }),
    AuthenticationSession.case(run, "knows no provider that is not configured", async (session) => {
      const { login } = await session.login();
      if (login.providers === undefined) throw new Skip("it is the provider itself");
      for (const name of ["vexil-no-such-provider", "__proto__", "constructor"]) {
        const flow = newFlow(name);
        await session.refused("authorize", ["VEXIL_VALIDATION_REQUEST"], () => login.authorize(flow, never));
        const parameters = new URLSearchParams({ code: "x", state: flow.state });
        await session.refused("callback", ["VEXIL_VALIDATION_REQUEST"], () => login.callback(flow, parameters, never));
      }
    }),
    AuthenticationSession.case(run, "ends no session for whoever makes up a logout", async (session) => {
      const { login, providers } = await session.login();
      if (login.backChannelLogout === undefined) throw new Skip("its providers end no sessions");
      const codes = ["VEXIL_VALIDATION_REQUEST", "VEXIL_UNAVAILABLE_PROVIDER"] as const;
      for (const provider of providers) {
        for (const token of HOSTILE_CREDENTIALS) {
          await session.refused("backChannelLogout", codes, () => login.backChannelLogout?.(provider, token, never));
        }
      }
    }),
    AuthenticationSession.case(run, "ends no session by a browser that brings nothing", async (session) => {
      const { login, providers } = await session.login();
      if (login.frontChannelLogout === undefined) throw new Skip("browsers end no sessions");
      for (const provider of providers) {
        await session.refused("frontChannelLogout", ["VEXIL_VALIDATION_REQUEST"], () =>
          login.frontChannelLogout?.(provider, new URLSearchParams()),
        );
      }
    }),
    AuthenticationSession.case(run, "settles when a login is aborted, and goes on", async (session) => {
      const { login, providers } = await session.login();
      const flow = newFlow(providers[0]);
      const gone = AbortSignal.abort(new Error("the browser is gone"));
      const parameters = new URLSearchParams({ code: "x", state: flow.state });
      await session.outcome(LOGIN_MS, "authorize", () => login.authorize(flow, gone));
      await session.outcome(LOGIN_MS, "callback", () => login.callback(flow, parameters, gone));
      await session.outcome(LOGIN_MS, "authorize", () => login.authorize(flow, never));
    }),
  ];
}

/** Flows of all providers, and where the browser is sent; a case is skipped while a provider cannot be asked. */
async function authorized(
  session: AuthenticationSession,
): Promise<readonly (readonly [ReturnType<typeof newFlow>, string])[]> {
  const { login, providers } = await session.login();
  return Promise.all(
    providers.map(async (provider) => {
      const flow = newFlow(provider);
      try {
        return [flow, await within(LOGIN_MS, "authorize", () => login.authorize(flow, never))] as const;
      } catch (error) {
        session.run.thrown.push(error);
        if (VexilError.is(error) && error.code === "VEXIL_UNAVAILABLE_PROVIDER") throw new Skip(error.message);
        throw error;
      }
    }),
  );
}
