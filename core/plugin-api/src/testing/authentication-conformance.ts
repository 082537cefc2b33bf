import assert from "node:assert/strict";
import { inspect } from "node:util";
import type { AuthenticationMethod, Identity, PresentedCredential } from "../authentication.js";
import { VexilError } from "../errors/vexil-error.js";
import { API_VERSION, type AuthenticationPlugin } from "../plugin.js";
import type { SchemaIssue } from "../schema.js";
import { CALL_MS, CLOSE_MS } from "./backend-session.js";
import { type ConformanceCase, conformanceCase, Skip, within } from "./conformance-case.js";
import { explained } from "./explained-failure.js";
import { RecordingLogger } from "./recording-logger.js";
import { secretValues } from "./secret-values.js";

export interface AuthenticationConformanceOptions {
  /** A credential that `verify` accepts with these settings; without one nothing is accepted in the cases. */
  readonly credential?: () => PresentedCredential | Promise<PresentedCredential>;
  /** Texts that must not be seen in any log or error, beside the Secrets of the settings. */
  readonly secrets?: readonly string[];
}

/** Values that stand for nobody. */
const NOBODY = [
  "",
  " ",
  "x",
  "a.b.c",
  "e30.e30.",
  "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.",
  "….….…",
  "\u0000\u0001",
  "__proto__",
  `${"A".repeat(60_000)}`,
  `eyJhbGciOiJSUzI1NiJ9.${"A".repeat(20_000)}.${"B".repeat(2000)}`,
];

/**
 * Cases that every method of authentication must pass, for any test runner, to be run in their order.
 * @param settings as the configuration gives them
 * @example
 * for (const { title, run } of authenticationConformance(plugin, { key: "k" })) test(title, run);
 */
export function authenticationConformance(
  plugin: AuthenticationPlugin,
  settings: Readonly<Record<string, unknown>> = {},
  options: AuthenticationConformanceOptions = {},
): readonly ConformanceCase[] {
  const run = new Run(plugin, settings, options);
  return [...explained(PLUGIN, declarationCases(run)), ...explained(METHOD, methodCases(run))];
}

const PLUGIN =
  "the default export declares kind, apiVersion, name and a schema that names every key it does not know (AuthenticationPlugin)";
const METHOD =
  "verify answers an identity of JSON values for what is valid and undefined for what is not, rejects with VexilError only, and settles once its signal is aborted; close is idempotent and takes 5 s at most; no secret is ever logged or thrown (AuthenticationMethod)";

class Run {
  readonly plugin: AuthenticationPlugin;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly options: AuthenticationConformanceOptions;
  readonly logger = new RecordingLogger();
  readonly secrets: Set<string>;
  readonly thrown: unknown[] = [];

  constructor(
    plugin: AuthenticationPlugin,
    settings: Readonly<Record<string, unknown>>,
    options: AuthenticationConformanceOptions,
  ) {
    this.plugin = plugin;
    this.settings = settings;
    this.options = options;
    this.secrets = new Set(options.secrets);
  }

  async issues(value: unknown): Promise<readonly SchemaIssue[]> {
    return (await this.plugin.schema["~standard"].validate(value)).issues ?? [];
  }

  /** Runs a case with a method, which is closed after it. */
  case(title: string, body: (method: AuthenticationMethod) => Promise<void>): ConformanceCase {
    return conformanceCase(title, async () => {
      const result = await this.plugin.schema["~standard"].validate(this.settings);
      const reasons = result.issues?.map(({ message }) => message).join("; ");
      assert.equal(result.issues, undefined, `the settings are refused: ${reasons}`);
      const settings = (result as { readonly value: unknown }).value;
      for (const value of secretValues(settings)) this.secrets.add(value);
      const method = await within(CALL_MS, "create", () =>
        this.plugin.create(settings, {
          method: this.plugin.name,
          configDirectory: process.cwd(),
          logger: this.logger,
          redact: () => {},
          invalidate: () => {},
          signal: new AbortController().signal,
        }),
      );
      try {
        await body(method);
      } finally {
        await within(CLOSE_MS, "close", () => method.close());
      }
    });
  }

  async refuses(method: AuthenticationMethod, credential: PresentedCredential): Promise<void> {
    const outcome = await this.verify(method, credential).catch((error: unknown) => {
      assert.ok(VexilError.is(error), `verify threw what is no VexilError: ${String(error)}`);
    });
    assert.equal(outcome, undefined, `${JSON.stringify(credential.value.slice(0, 30))}… was accepted`);
  }

  /** Returns what a call gives; what it throws is kept, to be searched for secrets. */
  async verify(method: AuthenticationMethod, credential: PresentedCredential): Promise<Identity | undefined> {
    try {
      return await within(CALL_MS, "verify", async () => method.verify?.(credential, new AbortController().signal));
    } catch (error) {
      this.thrown.push(error);
      throw error;
    }
  }
}

function declarationCases(run: Run): readonly ConformanceCase[] {
  const { plugin, settings } = run;
  return [
    conformanceCase("declares a method of authentication of this API version", async () => {
      assert.equal(plugin.kind, "authentication");
      assert.equal(plugin.apiVersion, API_VERSION);
      assert.match(plugin.name, /^[a-z][a-z0-9-]*$/);
    }),
    conformanceCase("accepts the settings it is tested with", async () => {
      assert.deepEqual(await run.issues(settings), []);
    }),
    conformanceCase("refuses an unknown settings key and names it", async () => {
      const issues = await run.issues({ ...settings, vexil_no_such_key: 1 });
      const named = issues.some((issue) =>
        JSON.stringify([issue.message, issue.path, issue]).includes("vexil_no_such_key"),
      );
      assert.ok(named, "the key was accepted, or no issue names it: use a strict object");
    }),
    conformanceCase("refuses settings that are no object, without throwing", async () => {
      for (const value of [null, "text", 7, true, [1]]) {
        assert.ok((await run.issues(value)).length > 0, `${JSON.stringify(value)} was accepted`);
      }
    }),
  ];
}

function methodCases(run: Run): readonly ConformanceCase[] {
  return [
    run.case("does at least one of verify, login and exchange", async ({ verify, login, exchange, schemes = [] }) => {
      assert.ok(verify !== undefined || login !== undefined || exchange !== undefined);
      assert.ok(verify === undefined || schemes.length > 0, "verify is never asked: `schemes` names none");
      for (const scheme of schemes) assert.ok(["Bearer", "JWT"].includes(scheme), scheme);
    }),
    run.case("answers whom a valid credential stands for", async (method) => {
      const credential = await run.options.credential?.();
      if (credential === undefined) throw new Skip("no valid credential was given to try it with");
      const identity = await run.verify(method, credential);
      assert.ok(identity !== undefined, "the credential is not accepted");
      assert.equal(typeof identity.subject, "string");
      assert.deepEqual(JSON.parse(JSON.stringify(identity.claims)), identity.claims, "claims are JSON values");
      for (const value of Object.values(identity.metadata)) assert.equal(typeof value, "string");
      assert.notEqual(identity.subject, credential.value, "a credential is no name");
      const { expiresAt } = identity;
      assert.ok(expiresAt === undefined || expiresAt > Date.now(), "it has expired");
      await run.refuses(method, { ...credential, value: credential.value.slice(1) });
    }),
    run.case("knows nobody by what is no credential", async (method) => {
      if (method.verify === undefined) throw new Skip("it verifies no credentials");
      for (const scheme of method.schemes ?? []) {
        for (const value of NOBODY) {
          await run.refuses(method, { scheme, value });
        }
      }
    }),
    run.case("gives up verifying, or finishes, when it is aborted", async (method) => {
      if (method.verify === undefined) throw new Skip("it verifies no credentials");
      const scheme = method.schemes?.[0] ?? "Bearer";
      const aborted = AbortSignal.abort(new Error("the request has gone"));
      const [outcome] = await within(CALL_MS, "verify", () =>
        Promise.allSettled([method.verify?.({ scheme, value: "e30.e30.x" }, aborted)]),
      );
      if (outcome?.status === "rejected") run.thrown.push(outcome.reason);
    }),
    run.case("closes twice, and at the same time", async (method) => {
      await within(CLOSE_MS, "close", () => Promise.all([method.close(), method.close()]));
    }),
    conformanceCase("shows no secret in logs and errors", async () => {
      const seen = `${run.logger.text()}\n${inspect(run.thrown, { depth: 12, showHidden: true, maxStringLength: 1e6 })}`;
      for (const secret of run.secrets) {
        const forms = [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64").replace(/=+$/, "")];
        for (const form of forms) assert.ok(!seen.includes(form), "a secret of the settings was logged or thrown");
      }
    }),
  ];
}
