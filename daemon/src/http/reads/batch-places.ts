import type { Caller } from "@vexil/plugin-api";
import { findEnvironment } from "../request-environment.js";
import { bothAllow, missingName } from "../rights/judged-environment.js";
import type { EvaluationRequest } from "./evaluation-request.js";
import type { EvaluatedNamespace } from "./evaluations.js";
import type { ReadServices } from "./read-services.js";
import type { ReadEnvironment } from "./read-snapshots.js";

/** Places that do not exist which one batch asks rights for: those beyond, which a client invents, by one question. */
const MOST_INVENTED = 100;

/** A namespace that items of a batch are evaluated in. */
export interface Place {
  /** As the header names it where there is no such environment. */
  readonly environment: ReadEnvironment | { readonly missing: string };
  /** Name that the refusal is about. */
  readonly asked: string;
  readonly key: string;
  readonly namespace: EvaluatedNamespace | undefined;
  /** True if the caller may evaluate there. */
  allowed: boolean | Promise<boolean>;
  /** True once its refusal has been told. */
  isTold: boolean;
}

/** Finds the place of an item. */
export type Places = (request: EvaluationRequest) => Place;

/** Looks up each place once for all items of a batch that name it, and asks whether the caller may evaluate there. */
export function placeFinder(services: ReadServices, header: string | undefined, caller: Caller | undefined): Places {
  const places = new Map<string, Map<string, Place>>();
  const invented = new Set<string>();
  /** @param shared in which environment all those places are asked for together that are too many to be asked for singly */
  const allowedBy = (name: string, key: string, isThere: boolean, shared: string | undefined): Place["allowed"] => {
    if (caller === undefined) return true;
    if (!isThere) {
      invented.add(`${name}\u0000${key}`);
      if (invented.size > MOST_INVENTED) return services.decisions.may(caller, "evaluate", shared, undefined);
    }
    return services.decisions.may(caller, "evaluate", name, key);
  };
  const allowedIn = (environment: Place["environment"], key: string, missing: string | undefined): Place["allowed"] => {
    const name = nameOf(environment);
    const allowed = allowedBy(name, key, exists(environment, key), name);
    return missing === undefined ? allowed : bothAllow(allowed, allowedBy(missing, key, false, undefined));
  };
  // Items mostly name the place of the one before.
  let last: { readonly environmentKey: string; readonly namespaceKey: string; readonly place: Place } | undefined;
  return ({ environmentKey, namespaceKey }) => {
    if (last?.namespaceKey === namespaceKey && last.environmentKey === environmentKey) return last.place;
    let byNamespace = places.get(environmentKey);
    if (byNamespace === undefined) {
      byNamespace = new Map();
      places.set(environmentKey, byNamespace);
    }
    let place = byNamespace.get(namespaceKey);
    if (place === undefined) {
      const environment = findEnvironment(services.snapshots, environmentKey, header);
      const key = namespaceKey === "" ? "default" : namespaceKey;
      const missing = missingName(environmentKey, environment);
      place = {
        environment,
        asked: missing ?? nameOf(environment),
        key,
        namespace: "missing" in environment ? undefined : services.evaluations.namespace(environment, key),
        allowed: allowedIn(environment, key, missing),
        isTold: false,
      };
      byNamespace.set(namespaceKey, place);
    }
    last = { environmentKey, namespaceKey, place };
    return place;
  };
}

const nameOf = (environment: Place["environment"]): string =>
  "missing" in environment ? environment.missing : environment.info.key;

/** `default` is everywhere, as it is evaluated in even where there is none. */
function exists(environment: Place["environment"], key: string): boolean {
  if ("missing" in environment) return false;
  return key === "default" || environment.snapshot?.namespaces.has(key) === true;
}
