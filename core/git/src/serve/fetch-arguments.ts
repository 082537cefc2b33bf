import type { Oid, RefName } from "@vexil/plugin-api";
import { type ObjectFilter, parseFilter } from "./object-filter.js";
import { badRequest } from "./upload-faults.js";

/** A client's wishes (gitprotocol-v2(5), `fetch`; gitprotocol-pack(5)). */
export class FetchArguments {
  readonly wants = new Set<Oid>();
  /** Refs that it wants at whatever they are at. */
  readonly wantRefs = new Set<RefName>();
  /** Objects that it has, in its order. */
  readonly haves = new Set<Oid>();
  /** Where its history ends. */
  readonly shallow = new Set<Oid>();
  /** Commits of history that it wants; undefined: all. */
  depth: number | undefined;
  /** `depth` counts from where its history ends. */
  isRelative = false;
  /** Only commits from then on, in seconds since 1970. */
  since: number | undefined;
  /** Only commits that none of these reaches. */
  readonly not = new Set<RefName>();
  filter: ObjectFilter | undefined;
  isDone = false;
  waitsForDone = false;
  isThin = false;
  hasOffsets = false;
  isQuiet = false;
  includesTags = false;

  get deepens(): boolean {
    return this.depth !== undefined || this.since !== undefined || this.not.size > 0;
  }

  /**
   * Takes in one line.
   * @returns false for one that it does not know
   * @throws VexilError VEXIL_VALIDATION_REQUEST
   */
  take(line: string): boolean {
    const space = line.indexOf(" ");
    const [word, rest] = space === -1 ? [line, ""] : [line.slice(0, space), line.slice(space + 1)];
    switch (word) {
      case "want":
        return added(this.wants, oidOf(line, rest), WANTS, "wants");
      case "want-ref":
        return added(this.wantRefs, rest, WANTS, "wants");
      case "have":
        return added(this.haves, oidOf(line, rest), HAVES, "haves");
      case "shallow":
        return added(this.shallow, oidOf(line, rest), SHALLOW, "commits where its history ends");
      case "deepen":
        this.depth = numberOf(line, rest);
        return true;
      case "deepen-since":
        this.since = numberOf(line, rest);
        return true;
      case "deepen-not":
        return added(this.not, rest, REFS, "refs to leave out");
      case "filter":
        this.filter = parseFilter(rest);
        return true;
      default:
        return this.flag(line);
    }
  }

  /** Takes in a line, or a capability, of one word. */
  flag(word: string): boolean {
    if (word === "done") this.isDone = true;
    else if (word === "wait-for-done") this.waitsForDone = true;
    else if (word === "deepen-relative") this.isRelative = true;
    else if (word === "thin-pack") this.isThin = true;
    else if (word === "ofs-delta") this.hasOffsets = true;
    else if (word === "no-progress") this.isQuiet = true;
    else if (word === "include-tag") this.includesTags = true;
    else return false;
    return true;
  }
}

const WANTS = 100_000;
const HAVES = 200_000;
const SHALLOW = 100_000;
const REFS = 1_000;

function added<T>(all: Set<T>, value: T, most: number, what: string): true {
  all.add(value);
  if (all.size > most) throw badRequest(`the request names more than ${most} ${what}`);
  return true;
}

function oidOf(line: string, text: string): Oid {
  if (!/^[0-9a-f]{40}$/.test(text)) throw badRequest(`no object id in ${JSON.stringify(line.slice(0, 80))}`);
  return text;
}

function numberOf(line: string, text: string): number {
  if (!/^\d{1,12}$/.test(text) || Number(text) === 0) {
    throw badRequest(`no number above 0 in ${JSON.stringify(line.slice(0, 80))}`);
  }
  return Number(text);
}
