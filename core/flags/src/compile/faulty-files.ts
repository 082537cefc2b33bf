import { contentId } from "../parse/content-id.js";
import type { SourceFile } from "../parse/file-parser.js";
import type { Fault, ParsedFile } from "../read/document.js";
import type { CachedParser } from "./file-cache.js";

/** Files, and namespaces named in them, that are remembered at most: the latest. */
const KEPT = 200_000;

/**
 * Files of the past that have faults, by content: however many states hold one, and however often those are looked at,
 * it is parsed once. A hostile file may take seconds.
 */
export class FaultyFiles {
  readonly #known = new Map<string, ParsedFile>();
  readonly #underWay = new Map<string, Promise<ParsedFile>>();
  #size = 0;

  /** A parser that asks the other one only for what is not remembered. */
  inFrontOf(parser: CachedParser): CachedParser {
    return { parse: (file) => this.#parse(parser, file), layout: (file) => parser.layout(file) };
  }

  async #parse(parser: CachedParser, file: SourceFile): Promise<ParsedFile> {
    const id = contentId(file);
    for (let same = this.#underWay.get(id); same !== undefined; same = this.#underWay.get(id)) {
      await same.catch(() => undefined);
    }
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const parsing = parser.parse(file);
    this.#underWay.set(id, parsing);
    try {
      const parsed = await parsing;
      // What was not read to its end may turn out to be sound.
      if (parsed.faults.length > 0 && parsed.unread !== true) this.#add(id, essenceOf(parsed));
      return parsed;
    } finally {
      if (this.#underWay.get(id) === parsing) this.#underWay.delete(id);
    }
  }

  #add(id: string, parsed: ParsedFile): void {
    if (this.#known.has(id)) return;
    this.#known.set(id, parsed);
    this.#size += sizeOf(parsed);
    for (const [oldest, file] of this.#known) {
      if (this.#size <= KEPT) break;
      this.#known.delete(oldest);
      this.#size -= sizeOf(file);
    }
  }
}

/** A faulty file without the words of its faults: that it has some, and which namespaces it names. */
function essenceOf({ faults, sha1 }: ParsedFile): ParsedFile {
  // The faults of a file share one list.
  const lists = new Set(faults.map(({ namespaces }) => namespaces));
  const bare = [...lists].map((namespaces): Fault => ({ file: "", reason: "", namespaces }));
  return { documents: [], faults: bare, sha1 };
}

function sizeOf({ faults }: ParsedFile): number {
  return faults.reduce((size, { namespaces }) => size + namespaces.length, 1);
}
