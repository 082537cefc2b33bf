/** Line and column, both from 1, of an offset in a text. Lines end with LF, CR or both. */
export function lineColumn(text: string, offset: number): { readonly line: number; readonly column: number } {
  let line = 1;
  let start = 0;
  const end = Math.min(offset, text.length);
  for (let index = 0; index < end; index += 1) {
    const code = text.charCodeAt(index);
    if (code !== 10 && code !== 13) continue;
    if (code === 13 && text.charCodeAt(index + 1) === 10) {
      if (index + 1 >= end) break;
      index += 1;
    }
    line += 1;
    start = index + 1;
  }
  return { line, column: end - start + 1 };
}
