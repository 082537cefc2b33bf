import assert from "node:assert/strict";
import type { AuthenticationMethod, Identity, PresentedCredential } from "../../authentication.js";
import { VexilError } from "../../errors/vexil-error.js";
import { type AuthenticationRun, AuthenticationSession, LOGIN_MS } from "../authentication-session.js";
import { CALL_MS } from "../backend-session.js";
import { type ConformanceCase, Skip, within } from "../conformance-case.js";
import { HOSTILE_CREDENTIALS } from "./hostile-credentials.js";

/** How a credential is refused with a reason for the log. */
const REFUSALS: ReadonlySet<string> = new Set(["VEXIL_REFUSED_UNAUTHENTICATED", "VEXIL_UNAVAILABLE_PROVIDER"]);

const never = new AbortController().signal;

/** Credentials that requests bring, and foreign ones that are exchanged. */
export function authenticationCredentialCases(run: AuthenticationRun): readonly ConformanceCase[] {
  return [
    AuthenticationSession.case(run, "vouches for nobody whose credential is made up", async (session) => {
      const { verify, schemes } = await verifying(session);
      for (const scheme of schemes) {
        for (const value of HOSTILE_CREDENTIALS) {
          const shown = `${scheme} ${JSON.stringify(value.slice(0, 60))}`;
          let identity: Identity | undefined;
          const error = await session.outcome(CALL_MS, "verify", async () => {
            identity = await verify({ scheme, value }, never);
          });
          const isRefused = VexilError.is(error) && REFUSALS.has(error.code);
          assert.ok(error === undefined || isRefused, `verify refuses ${shown}, and does not throw ${error}`);
          assert.equal(identity, undefined, `${shown} is nobody's`);
        }
      }
    }),
    AuthenticationSession.case(run, "answers many made-up credentials at once", async (session) => {
      const { verify, schemes } = await verifying(session);
      const answers = await within(CALL_MS, "200 credentials", () =>
        Promise.allSettled(
          Array.from({ length: 200 }, (_, index) =>
            verify(
              { scheme: schemes[index % schemes.length] ?? "Bearer", value: `made-up-${index}` },
              new AbortController().signal,
            ),
          ),
        ),
      );
      for (const answer of answers) {
        assert.ok(answer.status === "rejected" || answer.value === undefined, "one of them is somebody");
      }
    }),
    AuthenticationSession.case(
      run,
      "vouches for the credential it is tested with, each time alike",
      async (session) => {
        const credential = await credentialOf(run);
        const { verify } = await verifying(session);
        const ask = (value: string): Promise<Identity | undefined> =>
          within(CALL_MS, "verify", () => verify({ ...credential, value }, never));
        const [first, second] = [await ask(credential.value), await ask(credential.value)];
        assert.ok(first !== undefined, "the credential is somebody's");
        checkIdentity(first, credential.value);
        assert.deepEqual(second, first);
        let cut: Identity | undefined;
        const refusal = await session.outcome(CALL_MS, "verify", async () => {
          cut = await verify({ ...credential, value: credential.value.slice(1) }, never);
        });
        assert.ok(refusal === undefined || (VexilError.is(refusal) && REFUSALS.has(refusal.code)), String(refusal));
        assert.equal(cut, undefined, "without its first character it is nobody's");
      },
    ),
    AuthenticationSession.case(run, "exchanges nothing that is made up", async (session) => {
      const method = await session.open();
      if (method.exchange === undefined) throw new Skip("it exchanges nothing");
      const codes = ["VEXIL_REFUSED_UNAUTHENTICATED", "VEXIL_UNAVAILABLE_PROVIDER"] as const;
      for (const value of HOSTILE_CREDENTIALS) {
        await session.refused("exchange", codes, () => method.exchange?.(value, never));
      }
    }),
    AuthenticationSession.case(run, "exchanges the credential it is tested with", async (session) => {
      const { value } = await credentialOf(run);
      const method = await session.open();
      if (method.exchange === undefined) throw new Skip("it exchanges nothing");
      const identity = await within(LOGIN_MS, "exchange", async () => method.exchange?.(value, never));
      assert.ok(identity !== undefined, "the credential is somebody's");
      checkIdentity(identity, value);
    }),
    AuthenticationSession.case(run, "settles when a verification is aborted, and goes on", async (session) => {
      const { verify, schemes } = await verifying(session);
      const credential = { scheme: schemes[0] ?? "Bearer", value: "made-up" } as const;
      await session.outcome(CALL_MS, "verify", () => verify(credential, AbortSignal.abort(new Error("not wanted"))));
      await session.outcome(CALL_MS, "verify", () => verify(credential, never));
    }),
  ];
}

async function verifying(session: AuthenticationSession): Promise<{
  readonly verify: NonNullable<AuthenticationMethod["verify"]>;
  readonly schemes: NonNullable<AuthenticationMethod["schemes"]>;
}> {
  const method = await session.open();
  if (method.verify === undefined) throw new Skip("it verifies no credentials");
  return {
    verify: (credential, signal) => method.verify?.(credential, signal) ?? Promise.resolve(undefined),
    schemes: method.schemes ?? [],
  };
}

async function credentialOf({ credential, secrets }: AuthenticationRun): Promise<PresentedCredential> {
  if (credential === undefined) throw new Skip("no valid credential was given to try it with");
  const presented = await credential();
  secrets.add(presented.value);
  return presented;
}

/** Asserts that an identity is of plain values, and does not show the credential. */
function checkIdentity(identity: Identity, credential: string): void {
  const { subject, metadata, claims, expiresAt } = identity;
  assert.equal(typeof subject, "string");
  assert.notEqual(subject, "", "subject names who it is");
  for (const [name, value] of Object.entries(metadata))
    assert.equal(typeof value, "string", `metadata.${name} is a text`);
  assert.deepEqual(JSON.parse(JSON.stringify(claims)), claims, "claims are JSON values");
  assert.ok(expiresAt === undefined || expiresAt > Date.now(), "it has not expired yet");
  assert.ok(!JSON.stringify(identity).includes(credential), "the credential is no part of the identity");
}
