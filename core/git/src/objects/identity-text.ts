/** git has no limits; mail has (RFC 5321: 254 for an address), and headers are read line by line. */
const NAME_CHARACTERS = 256;
const ADDRESS_CHARACTERS = 254;

/**
 * Characters that end a header's line or field (some readers also break lines at U+0085, U+2028 and U+2029), that are no
 * text at all (halves of surrogate pairs), or that turn round the order in which a terminal shows the rest.
 */
const UNFIT = /[<>\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
/** Characters that nobody sees: a name of nothing else is none. */
const UNSEEN = /^[\s\p{Cf}\p{Default_Ignorable_Code_Point}]*$/u;
/** Characters that git takes off both ends (ident.c). */
const CRUD: ReadonlySet<string | undefined> = new Set(` .,:;"'\\`);

/** A text as the name of a commit's author or committer; undefined when nothing of it is left, or it is no text. */
export function identityName(text: unknown): string | undefined {
  return typeof text === "string" ? cut(singleLine(text), NAME_CHARACTERS) : undefined;
}

/** The same as an address, which has no blanks. */
export function identityAddress(text: unknown): string | undefined {
  return typeof text === "string" ? cut(text.replace(UNFIT, "").replace(/\s+/g, ""), ADDRESS_CHARACTERS) : undefined;
}

/** A text on one line, with single blanks: what a header or a trailer can hold. */
export function singleLine(text: string): string {
  return text.replace(UNFIT, " ").replace(/\s+/g, " ").trim();
}

function cut(text: string, characters: number): string | undefined {
  // No half of a pair stays at the end.
  const short = withoutCrud(text)
    .slice(0, characters)
    .replace(/\p{Cs}$/u, "");
  const fit = withoutCrud(short);
  return UNSEEN.test(fit) ? undefined : fit;
}

/** By hand: an expression for the end of a text takes quadratic time on a long run within it. */
function withoutCrud(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && CRUD.has(text[start])) start += 1;
  while (end > start && CRUD.has(text[end - 1])) end -= 1;
  return text.slice(start, end);
}
