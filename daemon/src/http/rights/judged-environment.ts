import type { IncomingHttpHeaders } from "node:http";
import type { Caller } from "@vexil/plugin-api";
import { requestIds } from "../../request-ids.js";
import type { ReadServices } from "../reads/read-services.js";
import type { ReadEnvironment } from "../reads/read-snapshots.js";
import { environmentHeader, findEnvironment, unknownEnvironment } from "../request-environment.js";

type Found = ReadEnvironment | { readonly missing: string };

/**
 * The environment that answers a read, if the caller may evaluate in one of its namespaces. What does not exist is
 * judged by its name, so that it is answered as what is hidden.
 * @param caller undefined: nothing is judged
 * @throws VexilError VEXIL_NOT_FOUND, VEXIL_REFUSED_PERMISSION
 */
export function judgedEnvironment(
  services: ReadServices,
  caller: Caller | undefined,
  candidate: string | undefined,
  headers: IncomingHttpHeaders,
  namespace: string,
): ReadEnvironment | Promise<ReadEnvironment> {
  const found = findEnvironment(services.snapshots, candidate, environmentHeader(headers));
  if (caller === undefined) return existing(found);
  const allowed = services.decisions.may(caller, "evaluate", keyOf(found), namespace);
  const missing = missingName(candidate, found);
  if (missing !== undefined) {
    const named = services.decisions.may(caller, "evaluate", missing, namespace);
    return judgedBy(services, caller, found, namespace, bothAllow(allowed, named), missing, headers);
  }
  if (allowed === true) return existing(found);
  return judgedBy(services, caller, found, namespace, allowed, keyOf(found), headers);
}

/**
 * The name of an environment that a request names and that does not exist, so that another one answers. It is judged,
 * too: else whoever may evaluate in that other one would learn by the refusals which environments there are.
 * @returns undefined where the request names the one that answers, or none
 */
export function missingName(candidate: string | undefined, found: Found): string | undefined {
  const isNone = candidate === undefined || candidate === "" || candidate === "default";
  return isNone || candidate === keyOf(found) ? undefined : candidate;
}

/** Tells, at once where both are known, whether both decisions are a yes. */
export function bothAllow(
  one: boolean | Promise<boolean>,
  other: boolean | Promise<boolean>,
): boolean | Promise<boolean> {
  if (typeof one === "boolean") return one && other;
  if (typeof other === "boolean") return other && one;
  return Promise.all([one, other]).then(([first, second]) => first && second);
}

/** @param name of the environment that the refusal is about */
function judgedBy(
  services: ReadServices,
  caller: Caller,
  found: Found,
  namespace: string,
  allowed: boolean | Promise<boolean>,
  name: string,
  headers: IncomingHttpHeaders,
): ReadEnvironment | Promise<ReadEnvironment> {
  const judge = (isAllowed: boolean): ReadEnvironment => {
    if (isAllowed) return existing(found);
    throw services.refusals.refuse(caller, { action: "evaluate", environment: name, namespace }, requestIds(headers));
  };
  return typeof allowed === "boolean" ? judge(allowed) : allowed.then(judge);
}

const keyOf = (found: Found): string => ("missing" in found ? found.missing : found.info.key);

function existing(found: Found): ReadEnvironment {
  if ("missing" in found) throw unknownEnvironment(found.missing);
  return found;
}
