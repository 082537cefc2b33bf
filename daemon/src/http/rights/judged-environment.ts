import type { IncomingHttpHeaders } from "node:http";
import type { Caller } from "@vexil/plugin-api";
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
  if (allowed === true) return existing(found);
  if (allowed !== false) return judgedLater(services, caller, found, namespace, allowed);
  throw services.refusals.refuse(caller, { action: "evaluate", environment: keyOf(found), namespace });
}

async function judgedLater(
  services: ReadServices,
  caller: Caller,
  found: Found,
  namespace: string,
  allowed: Promise<boolean>,
): Promise<ReadEnvironment> {
  if (await allowed) return existing(found);
  throw services.refusals.refuse(caller, { action: "evaluate", environment: keyOf(found), namespace });
}

const keyOf = (found: Found): string => ("missing" in found ? found.missing : found.info.key);

function existing(found: Found): ReadEnvironment {
  if ("missing" in found) throw unknownEnvironment(found.missing);
  return found;
}
