import type {
  AuthenticationMethod,
  Authenticator,
  Authorization,
  Backend,
  PresentedCredential,
  Sink,
  SinkCapabilities,
} from "@vexil/plugin-api";
import { describe, type PluginIdentity, pluginError } from "./plugin-error.js";

const LONGEST_DELIVERY_MS = 300_000;

const SCHEMES: readonly unknown[] = ["Bearer", "JWT", "Certificate"] satisfies PresentedCredential["scheme"][];

/** Checks what a backend plugin's `create` gave. */
export function checkBackend(made: unknown, hasRemote: boolean, identity: PluginIdentity): Backend {
  const faults: string[] = [];
  if (typeof made !== "object" || made === null) faults.push(`create answered ${describe(made)} and no backend`);
  else {
    expectFunctions(made, "", ["close"], true, faults);
    expectFunctions(made, "", ["watch", "prune", "lease", "turn"], false, faults);
    expectMembers(made, "objects", ["read", "write"], true, faults);
    expectMembers(made, "refs", ["list", "compareAndSwap"], true, faults);
    expectMembers(made, "shallow", ["read", "update"], false, faults);
    expectMembers(made, "workTree", ["scan", "apply"], false, faults);
    const { directory } = made as { readonly directory?: unknown };
    if (directory !== undefined && typeof directory !== "string") {
      faults.push(`\`directory\` is ${describe(directory)} and no text`);
    }
    if (hasRemote && (made as { shallow?: unknown }).shallow === undefined) {
      faults.push("the storage has a remote, and this backend has no `shallow`, which remotes need");
    }
  }
  if (faults.length === 0) return made as Backend;
  throw pluginError("create", identity, faults.join(", "), { advice: "see `Backend` in @vexil/plugin-api" });
}

/** Checks what an auth plugin's `create` gave. */
export function checkAuthenticator(made: unknown, identity: PluginIdentity): Authenticator {
  const faults: string[] = [];
  const type = (made as { type?: unknown } | null | undefined)?.type;
  if (typeof made !== "object" || made === null) faults.push(`create answered ${describe(made)} and no authenticator`);
  else if (type !== "http" && type !== "stream")
    faults.push(`its type is ${describe(type)}, neither "http" nor "stream"`);
  else expectFunctions(made, "", [type === "http" ? "headers" : "open", "close"], true, faults);
  if (faults.length === 0) return made as Authenticator;
  throw pluginError("create", identity, faults.join(", "), { advice: "see `Authenticator` in @vexil/plugin-api" });
}

/** Checks what an authentication plugin's `create` gave. */
export function checkAuthentication(made: unknown, identity: PluginIdentity): AuthenticationMethod {
  const faults: string[] = [];
  if (typeof made !== "object" || made === null) faults.push(`create answered ${describe(made)} and no method`);
  else {
    const { schemes, verify, login, exchange } = made as Readonly<Record<string, unknown>>;
    expectFunctions(made, "", ["close"], true, faults);
    expectFunctions(made, "", ["verify", "exchange"], false, faults);
    expectMembers(made, "login", ["authorize", "callback"], false, faults);
    if (typeof login === "object" && login !== null) {
      const optional = ["recheck", "endSession", "backChannelLogout", "frontChannelLogout"];
      expectFunctions(login, "login.", optional, false, faults);
      expectMembers(login, "device", ["begin", "poll"], false, faults);
    }
    if (verify === undefined && login === undefined && exchange === undefined) {
      faults.push("it has none of `verify`, `login` and `exchange`");
    }
    const known = Array.isArray(schemes) && schemes.every((scheme) => SCHEMES.includes(scheme));
    if (verify !== undefined && !known) faults.push('its `schemes` are no list of "Bearer", "JWT" and "Certificate"');
  }
  if (faults.length === 0) return made as AuthenticationMethod;
  throw pluginError("create", identity, faults.join(", "), {
    advice: "see `AuthenticationMethod` in @vexil/plugin-api",
  });
}

/** Checks what an authorization plugin's `create` gave. */
export function checkAuthorization(made: unknown, identity: PluginIdentity): Authorization {
  const faults: string[] = [];
  if (typeof made !== "object" || made === null)
    faults.push(`create answered ${describe(made)} and no engine of rights`);
  else {
    expectFunctions(made, "", ["decide", "close"], true, faults);
    const { keepMs } = made as { readonly keepMs?: unknown };
    if (keepMs !== undefined && typeof keepMs !== "number") faults.push(`its \`keepMs\` is ${describe(keepMs)}`);
  }
  if (faults.length === 0) return made as Authorization;
  throw pluginError("create", identity, faults.join(", "), { advice: "see `Authorization` in @vexil/plugin-api" });
}

/** Checks what a sink plugin's `create` gave. */
export function checkSink(made: unknown, capabilities: SinkCapabilities, identity: PluginIdentity): Sink {
  const faults: string[] = [];
  if (typeof made !== "object" || made === null) faults.push(`create answered ${describe(made)} and no sink`);
  else {
    const besides = capabilities.snapshots === true ? ["publish", "retain"] : [];
    expectFunctions(made, "", ["deliver", "close", ...besides], true, faults);
    const { deliverMs } = made as { readonly deliverMs?: unknown };
    const isTime = typeof deliverMs === "number" && deliverMs >= 1 && deliverMs <= LONGEST_DELIVERY_MS;
    if (deliverMs !== undefined && !isTime) faults.push(`its \`deliverMs\` is ${describe(deliverMs)}`);
  }
  if (faults.length === 0) return made as Sink;
  throw pluginError("create", identity, faults.join(", "), { advice: "see `Sink` in @vexil/plugin-api" });
}

function expectMembers(
  made: object,
  member: string,
  names: readonly string[],
  needed: boolean,
  faults: string[],
): void {
  const inner = (made as Readonly<Record<string, unknown>>)[member];
  if (inner === undefined && !needed) return;
  if (typeof inner !== "object" || inner === null) faults.push(`its \`${member}\` is ${describe(inner)}`);
  else expectFunctions(inner, `${member}.`, names, true, faults);
}

function expectFunctions(
  made: object,
  path: string,
  names: readonly string[],
  needed: boolean,
  faults: string[],
): void {
  for (const name of names) {
    const value = (made as Readonly<Record<string, unknown>>)[name];
    if (typeof value === "function" || (value === undefined && !needed)) continue;
    faults.push(`its \`${path}${name}\` is ${describe(value)} and no function`);
  }
}
