import { trimSpace } from "../evaluate/trim-space.js";
import type { Effort } from "./effort.js";

/** Tried first: they are easy to read. */
const READABLE = ["~", "^", "|", "#", "x", "z"];
const FIRST_OTHER = 0x100;
const FIRST_SURROGATE = 0xd800;
const SPACES = [
  " ",
  "\t",
  "\n",
  "\v",
  "\f",
  "\r",
  "\u0085",
  "\u00a0",
  "\u1680",
  "\u2028",
  "\u2029",
  "\u202f",
  "\u205f",
];

/** Characters, by their code units, that some texts have. */
export class UsedCharacters {
  readonly #used = new Uint8Array(0x10000);

  /** Yields where others may have their turn. */
  *add(texts: Iterable<string>, effort: Effort): Generator<void, void> {
    for (const text of texts) {
      if (effort.turn(1 + text.length / 8)) yield;
      for (let index = 0; index < text.length; index += 1) this.#used[text.charCodeAt(index)] = 1;
    }
  }

  /** A character, no white space, that none of the texts has; undefined where all are used. */
  freshCharacter(): string | undefined {
    const readable = READABLE.find((character) => this.#isFresh(character));
    if (readable !== undefined) return readable;
    for (let code = FIRST_OTHER; code < FIRST_SURROGATE; code += 1) {
      const character = String.fromCharCode(code);
      if (this.#isFresh(character) && trimSpace(character) !== "") return character;
    }
    return undefined;
  }

  /** White space that none of the texts has; undefined where all kinds are used. */
  freshSpace(): string | undefined {
    return SPACES.find((space) => this.#isFresh(space));
  }

  #isFresh(character: string): boolean {
    return this.#used[character.charCodeAt(0)] === 0;
  }
}

/** Every choice of the items, in their order. */
export function* choicesOf(items: readonly string[]): Generator<readonly string[]> {
  for (let bits = 0; bits < 2 ** items.length; bits += 1) {
    yield items.filter((_, index) => (bits & (2 ** index)) !== 0);
  }
}
