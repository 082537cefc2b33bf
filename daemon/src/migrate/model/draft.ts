import type { Flag } from "@vexil/flags/read/document";
import { RefusedError } from "../../client/client-errors.js";
import { lowerFlag } from "../lower/lower-flag.js";
import { isBooleanFlag, oneLine } from "../lower/plan-variants.js";
import type { Condition } from "./condition.js";
import { NotCarried } from "./not-carried.js";
import type { Report } from "./report.js";
import { SegmentBook } from "./segment-book.js";
import type { SourceFlag } from "./source-flag.js";
import type { WrittenNamespace } from "./written-namespace.js";

const MOST_FLAGS = 20_000;

/** One namespace while a source is read. */
export class Draft {
  readonly key: string;
  readonly #report: Report;
  readonly #name: string | undefined;
  readonly #book = new SegmentBook();
  readonly #flags = new Map<string, Flag>();

  constructor(key: string, report: Report, name?: string) {
    this.key = keyFrom(key) || "default";
    this.#report = report;
    this.#name = name === undefined || name === this.key ? undefined : oneLine(name);
  }

  /** Adds a segment that has a name in the source, where it can be said by one here. */
  addSegment(key: string, name: string, where: string, condition: () => Condition): void {
    try {
      this.#book.reference(condition(), keyFrom(key) || "segment", oneLine(name) || key);
    } catch (error) {
      if (!(error instanceof NotCarried)) throw error;
      const done = "it was left out, and so were the rules that need it";
      this.#report.add({ kind: "lost", where, what: `segment ${key}`, why: error.message, done });
    }
  }

  /** The same where rules say it in full, too: one that cannot be said is told there. */
  offerSegment(key: string, condition: () => Condition): void {
    try {
      this.#book.reference(condition(), keyFrom(key) || "segment", oneLine(key) || "Segment");
    } catch (error) {
      if (!(error instanceof NotCarried)) throw error;
    }
  }

  addFlag(flag: SourceFlag): void {
    const { where } = flag;
    const key = keyFrom(flag.key);
    const what = `flag ${flag.key}`;
    if (key === "" || this.#flags.has(key)) {
      const why =
        key === "" ? "its key has no character that keys may have" : `another flag has the key ${key} already`;
      this.#report.add({ kind: "lost", where, what, why, done: "it was left out" });
      return;
    }
    if (this.#flags.size >= MOST_FLAGS) throw new RefusedError(`${where}: there are more than ${MOST_FLAGS} flags`);
    if (key !== flag.key) {
      const why = "keys consist of letters, digits, hyphens, underscores and commas";
      this.#report.add({
        kind: "changed",
        where,
        what,
        why,
        done: `its key is ${key}: applications have to ask for that`,
      });
    }
    this.#flags.set(key, this.#lowered(flag, key));
  }

  finish(): WrittenNamespace {
    const segments = this.#book.segments;
    const name = this.#name === undefined ? {} : { name: this.#name };
    return { key: this.key, ...name, flags: [...this.#flags.values()], segments };
  }

  #lowered(flag: SourceFlag, key: string): Flag {
    try {
      return lowerFlag(flag, key, this.#book, this.#report);
    } catch (error) {
      if (!(error instanceof NotCarried)) throw error;
      const done = "the flag was left off, without rules";
      this.#report.add({ kind: "lost", where: flag.where, what: "rules", why: error.message, done });
      // A boolean flag that is off gives false, whatever it gave without rules.
      const safe = flag.off ?? (isBooleanFlag(flag) ? undefined : onlyOtherwise(flag));
      const otherwise = safe === undefined ? [] : [{ variant: safe, percent: 100 }];
      return lowerFlag(
        { ...flag, enabled: false, isPartial: true, rules: [], off: safe, otherwise },
        key,
        this.#book,
        this.#report,
      );
    }
  }
}

function onlyOtherwise({ otherwise }: SourceFlag): string | undefined {
  const [only] = otherwise;
  return otherwise.length === 1 ? only?.variant : undefined;
}

/** A text as a key: what keys may not have becomes `-`; `""` where nothing is left. */
export function keyFrom(text: string): string {
  if (/^[-_,A-Za-z0-9]{1,200}$/.test(text)) return text;
  const plain = text.normalize("NFKD").replaceAll(/[^-_,A-Za-z0-9]+/g, "-");
  return plain.replaceAll(/^-+|-+$/g, "").slice(0, 200);
}
