import { VexilError } from "@vexil/plugin-api/errors";

/** A commit as somebody names it: where to begin, and steps from there to older ones (gitrevisions(7)). */
export interface RevisionExpression {
  readonly base: RevisionBase;
  readonly steps: readonly RevisionStep[];
}

/** A time, the head of the environment's branch, or the name of a commit, a tag or a branch. */
export type RevisionBase =
  | { readonly type: "time"; readonly timeMs: number }
  | { readonly type: "head" }
  | { readonly type: "name"; readonly name: string };

/** So many first parents back (`~3`), or to the parent of this number (`^2`; 0: the commit itself). */
export type RevisionStep =
  | { readonly type: "back"; readonly count: number }
  | { readonly type: "parent"; readonly number: number };

/** No name that git takes is longer, and no message repeats more. */
const LONGEST = 300;
const SHOWN = 80;
const STEPS = 20;
const EXPRESSION = /^([^~^]*)((?:[~^]\d{0,6})*)$/;
const TIME = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:?\d\d)$/;
/** Names that git refuses for a ref (git-check-ref-format(1)), and such as an option could be taken for. */
const NO_NAME =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what git refuses
  /^$|^-|^\/|\/$|\/\/|\.\.|@\{|[\x00-\x20\x7f~^:?*[\\]|(^|\/)\.|\.$|\.lock(\/|$)/;

/**
 * Reads `3f2a1c`, `v1.2`, `main~3`, `HEAD^2`, `2026-11-20T10:00:00Z`; steps alone begin at the head.
 * @throws VexilError VEXIL_VALIDATION_REQUEST
 */
export function parseRevision(text: string): RevisionExpression {
  const [, base = "", tail = ""] = (text.length <= LONGEST ? EXPRESSION.exec(text.trim()) : undefined) ?? [];
  const steps = [...tail.matchAll(/([~^])(\d*)/g)].map(stepOf);
  if ((base === "" && steps.length === 0) || steps.length > STEPS) throw invalid(text);
  if (base === "" || base === "HEAD" || base === "@") return { base: { type: "head" }, steps };
  if (TIME.test(base)) {
    const timeMs = Date.parse(base.replace(" ", "T").replace(/([+-]\d\d)(\d\d)$/, "$1:$2"));
    if (Number.isNaN(timeMs)) throw invalid(text);
    return { base: { type: "time", timeMs }, steps };
  }
  if (NO_NAME.test(base)) throw invalid(text);
  return { base: { type: "name", name: base }, steps };
}

function stepOf([, kind, digits = ""]: RegExpExecArray): RevisionStep {
  const number = digits === "" ? 1 : Number(digits);
  return kind === "~" ? { type: "back", count: number } : { type: "parent", number };
}

/** An expression as messages repeat it. */
export function shownRevision(text: string): string {
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
}

function invalid(text: string): VexilError {
  return new VexilError(
    "VEXIL_VALIDATION_REQUEST",
    `${shownRevision(text)} is no revision; write a commit's id or how it begins, a tag, a branch, main~3, or a time as 2026-11-20T10:00:00Z`,
  );
}
