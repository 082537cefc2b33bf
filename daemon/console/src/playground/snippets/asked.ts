import type { Flag, Place } from "../../api/types.js";

/** An evaluation that code asks for. */
export interface Asked extends Place {
  /** Origin and path of the server, without a slash at the end. */
  readonly url: string;
  /** Key of the flag; undefined: all of the namespace. */
  readonly flag: string | undefined;
  readonly type: Flag["type"];
  readonly entity: string;
  readonly context: Readonly<Record<string, string>>;
  /** Revision or time; undefined: what is served. */
  readonly at: string | undefined;
  /** The server wants a credential. It is never written out: code takes it from the environment. */
  readonly secured: boolean;
}

/** Variable of the environment that holds the credential; the command line reads it too. */
export const TOKEN_VARIABLE = "VEXIL_TOKEN";

export const isBoolean = ({ type }: Asked): boolean => type === "BOOLEAN_FLAG_TYPE";

/** Headers that name the place, where it is not what the server takes anyway. */
export function placeHeaders({ environment, namespace }: Asked, withNamespace: boolean): readonly [string, string][] {
  return [
    ...(environment === "default" ? [] : [["X-Flipt-Environment", environment] as [string, string]]),
    ...(withNamespace && namespace !== "default" ? [["X-Flipt-Namespace", namespace] as [string, string]] : []),
  ];
}
