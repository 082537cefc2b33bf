import type { RefName } from "@vexil/plugin-api";
import { unsupported } from "../disk/disk-error.js";

/** Space, `~^:?*[\` and control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what git forbids
const FORBIDDEN = /[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\.$|\/$/;

/** The rules of git-check-ref-format(1), for names below `refs/`. */
export function isRefName(name: string): boolean {
  if (!name.startsWith("refs/") || name.length > 1000 || FORBIDDEN.test(name)) return false;
  const parts = name.split("/");
  return parts.length >= 2 && parts.every((part) => part !== "" && !part.startsWith(".") && !part.endsWith(".lock"));
}

export function requireRefName(name: RefName): void {
  if (!isRefName(name)) throw unsupported(`"${name}" is not a ref name that git allows`);
}
