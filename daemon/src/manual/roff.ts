/** A text as troff takes it: nothing in it is an order, and its hyphens can be copied into a shell. */
export function roff(text: string): string {
  const escaped = text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("~", "\\(ti").replaceAll("^", "\\(ha");
  // A line that begins so would be an order.
  return escaped.replace(/^(?=[.'])/gm, "\\&");
}

/** Lines that stay as they are. */
export function example(lines: readonly string[]): string {
  return [".PP", ".RS 4", ".nf", ...lines.map(roff), ".fi", ".RE"].join("\n");
}

/** A paragraph; its own line ends mean nothing. */
export function paragraph(text: string): string {
  return `.PP\n${roff(text.replaceAll(/\s*\n\s*/g, " "))}`;
}

/** An entry of a list: what it is about, and what is said of it. */
export function entry(term: string, text: string): string {
  return `.TP\n.B ${roff(term)}\n${roff(text.replaceAll(/\s*\n\s*/g, " "))}`;
}
