import { trimSpace } from "../evaluate/trim-space.js";

/** Tried first: they are easy to read. */
const READABLE = ["~", "^", "|", "#", "x", "z"];
const FIRST_OTHER = 0x100;
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

/** A character, no white space, that none of the texts has. */
export function freshCharacter(texts: readonly string[]): string {
  const readable = READABLE.find((character) => !texts.some((text) => text.includes(character)));
  if (readable !== undefined) return readable;
  const used = new Set<string>();
  for (const text of texts) for (const unit of text) used.add(unit);
  let code = FIRST_OTHER;
  while (used.has(String.fromCharCode(code)) || trimSpace(String.fromCharCode(code)) === "") code += 1;
  return String.fromCharCode(code);
}

/** White space that none of the texts has; undefined where all kinds are used. */
export function freshSpace(texts: readonly string[]): string | undefined {
  return SPACES.find((space) => !texts.some((text) => text.includes(space)));
}

/** Every choice of the items, in their order. */
export function* choicesOf(items: readonly string[]): Generator<readonly string[]> {
  for (let bits = 0; bits < 2 ** items.length; bits += 1) {
    yield items.filter((_, index) => (bits & (2 ** index)) !== 0);
  }
}
