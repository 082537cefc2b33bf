/** Text without content in a YAML stream: white space, comments, directives, and the marks around documents. */
const NO_CONTENT = /^(?:\ufeff|[ \t]+|#.*|%.*|(?:---|\.\.\.)(?=[ \t]|$))/;

/**
 * Offset of the first text in YAML that is part of a document: a document that is `null` may be written so, as when a
 * program failed to write more, or have no text at all.
 */
export function findContent(text: string): number | undefined {
  let offset = 0;
  for (const line of text.split(/(?<=[\n\r])/)) {
    let rest = line.replace(/[\n\r]$/, "");
    let at = offset;
    for (let found = NO_CONTENT.exec(rest); found !== null && rest !== ""; found = NO_CONTENT.exec(rest)) {
      at += found[0].length;
      rest = rest.slice(found[0].length);
    }
    if (rest !== "") return at;
    offset += line.length;
  }
  return undefined;
}
