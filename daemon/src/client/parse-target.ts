import { RefusedError } from "./client-errors.js";

/** Target of a command. */
export interface Target {
  /** undefined: the environment. */
  readonly namespace?: string;
  readonly resource?: { readonly type: "flag" | "segment"; readonly key: string };
}

/** Reads `ns`, `ns/flag/key` or `ns/segment/key`; nothing is the environment. */
export function parseTarget(text: string | undefined): Target {
  if (text === undefined) return {};
  const [namespace = "", type, key, ...rest] = text.split("/");
  if (type === undefined) return { namespace };
  if ((type !== "flag" && type !== "segment") || key === undefined || rest.length > 0) {
    throw new RefusedError(
      `${text} is no target; write <namespace>, <namespace>/flag/<key> or <namespace>/segment/<key>`,
    );
  }
  return { namespace, resource: { type, key } };
}
