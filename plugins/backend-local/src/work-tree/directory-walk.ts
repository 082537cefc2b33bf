import { type Dirent, readdirSync, readFileSync } from "node:fs";
import type { TimeSlice } from "@vexil/plugin-api";
import { ifThere } from "../disk/if-there.js";
import { isRacy, lookAt, type StatKey, sameKey } from "../disk/stat-key.js";
import type { AttributeFile } from "./attributes.js";
import { type IgnoreFile, IgnoreRules } from "./ignore-rules.js";

/** Entries of a directory when it was read. Paths are as in git; a directory's ends in a slash, the root's is empty. */
export interface Listing {
  readonly directory: string;
  /** Regular files, ignored ones included. */
  readonly files: readonly string[];
}

interface Known extends Listing {
  /** Its path on disk. */
  readonly place: string;
  readonly key: StatKey;
  readonly racy: boolean;
  readonly children: readonly string[];
}

const RULES = [".gitignore", ".gitattributes"] as const;

/**
 * The directories of a work tree but those that git leaves out: ignored ones, `.git`, and repositories inside. One that
 * has not changed is not read again.
 */
export class DirectoryWalk {
  readonly #root: string;
  readonly #exclude: string;
  readonly #known = new Map<string, Known>();
  /** Result of the last walk, if its rules still hold. */
  #walked: readonly Known[] = [];
  /** Files of rules: a change of one makes all listings anew. */
  readonly #rules = new Map<string, { readonly key: StatKey; readonly text: string }>();
  #ignore = new IgnoreRules([]);
  #attributes: readonly AttributeFile[] = [];

  /** @param exclude the repository's own ignore file */
  constructor(root: string, exclude: string) {
    this.#root = root;
    this.#exclude = exclude;
  }

  /** Rules of the directories seen by the last walk; the same array as long as they are the same. */
  get attributes(): readonly AttributeFile[] {
    return this.#attributes;
  }

  ignores(path: string): boolean {
    return this.#ignore.ignores(path);
  }

  /** @returns the same array as before when nothing has changed */
  async walk(slice: TimeSlice, signal?: AbortSignal): Promise<readonly Listing[]> {
    this.#checkRules();
    if (this.#walked.length > 0 && (await this.#isUnchanged(slice, signal))) return this.#walked;
    const now = Date.now();
    const seen = new Set<string>();
    const listings: Known[] = [];
    const waiting = [""];
    for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
      const listing = this.#listingOf(directory, now);
      if (listing === undefined) continue;
      seen.add(directory);
      listings.push(listing);
      for (const child of listing.children) waiting.push(child);
      if (slice.due) await slice.pause(signal);
    }
    if (seen.size < this.#known.size) for (const path of this.#known.keys()) if (!seen.has(path)) this.#forget(path);
    const isWhole = listings.length === this.#known.size && listings.every((each) => this.#isKnown(each));
    this.#walked = isWhole ? listings : [];
    return listings;
  }

  async #isUnchanged(slice: TimeSlice, signal?: AbortSignal): Promise<boolean> {
    for (const { racy, place, key } of this.#walked) {
      if (racy) return false;
      const now = lookAt(place);
      if (now === undefined || !sameKey(key, now) || !now.isDirectory()) return false;
      if (slice.due) await slice.pause(signal);
    }
    return true;
  }

  #isKnown(listing: Known): boolean {
    return this.#known.get(listing.directory) === listing;
  }

  #listingOf(directory: string, now: number): Known | undefined {
    const key = lookAt(this.#root + directory);
    if (!key?.isDirectory()) return undefined;
    const known = this.#known.get(directory);
    if (known !== undefined && !known.racy && sameKey(known.key, key)) return known;
    const listing = this.#list(directory, key, isRacy(key, now));
    if (listing !== undefined) this.#known.set(directory, listing);
    return listing;
  }

  #list(directory: string, key: StatKey, racy: boolean): Known | undefined {
    const entries = read(this.#root + directory);
    if (entries === undefined) return undefined;
    const { mtimeMs, ctimeMs, ino, size } = key;
    const own = { mtimeMs, ctimeMs, ino, size };
    const place = this.#root + directory;
    if (directory !== "" && entries.some(({ name }) => name === ".git")) {
      return { directory, place, key: own, racy, files: [], children: [] };
    }
    for (const name of RULES) {
      const present = entries.some((entry) => entry.name === name);
      if (present !== this.#rules.has(directory + name)) this.#readRules(directory + name);
    }
    const children = entries
      .filter((entry) => entry.isDirectory() && entry.name !== ".git")
      .map(({ name }) => `${directory}${name}/`)
      .filter((path) => !this.#ignore.ignores(path));
    const files = entries.filter((entry) => entry.isFile()).map(({ name }) => directory + name);
    return { directory, place, key: own, racy, files, children };
  }

  #checkRules(): void {
    for (const path of [...this.#rules.keys()]) {
      const known = this.#rules.get(path);
      const now = lookAt(this.#pathOf(path));
      if (known !== undefined && now !== undefined && sameKey(known.key, now) && !isRacy(now, Date.now())) continue;
      this.#readRules(path);
    }
    if (!this.#rules.has("")) this.#readRules("");
  }

  /** @param path of a file of rules; empty: the repository's own */
  #readRules(path: string): void {
    const file = this.#pathOf(path);
    const key = lookAt(file);
    const before = this.#rules.get(path);
    if (key?.isFile()) this.#rules.set(path, { key, text: readFileSync(file, "utf8") });
    else this.#rules.delete(path);
    if (before?.text === this.#rules.get(path)?.text) return;
    this.#ignore = new IgnoreRules(this.#filesOf((name) => name === "" || name.endsWith(".gitignore")));
    this.#attributes = this.#filesOf((name) => name.endsWith(".gitattributes"));
    // A directory that was left out may now count.
    if (path.endsWith(".gitattributes")) return;
    this.#known.clear();
    this.#walked = [];
  }

  #filesOf(matches: (path: string) => boolean): readonly IgnoreFile[] {
    return [...this.#rules]
      .filter(([path]) => matches(path))
      .map(([path, { text }]) => ({ path, directory: path.slice(0, path.lastIndexOf("/") + 1), text }))
      .sort((a, b) => a.directory.length - b.directory.length || a.path.length - b.path.length);
  }

  #forget(directory: string): void {
    this.#known.delete(directory);
    for (const name of RULES) if (this.#rules.has(directory + name)) this.#readRules(directory + name);
  }

  #pathOf(path: string): string {
    return path === "" ? this.#exclude : this.#root + path;
  }
}

function read(path: string): readonly Dirent[] | undefined {
  return ifThere(() => readdirSync(path, { withFileTypes: true }), "ENOTDIR", "EACCES");
}
