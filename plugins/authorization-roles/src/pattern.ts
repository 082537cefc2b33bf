/** Names that a text stands for: `*` in it is any run of characters, the rest is itself, and case counts. */
export class Pattern {
  readonly #parts: readonly string[];

  constructor(text: string) {
    // Of several stars in a row one says all.
    this.#parts = text.split(/\*+/);
  }

  /** True if every name matches, those that nobody has thought of included. */
  get isAny(): boolean {
    return this.#parts.length > 1 && this.#parts.every((part) => part === "");
  }

  /** True if it stands for names that it does not spell out. */
  get isOpen(): boolean {
    return this.#parts.length > 1;
  }

  matches(name: string): boolean {
    const [first = "", ...others] = this.#parts;
    const last = others.pop();
    if (last === undefined) return name === first;
    if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
    // Each part at its first place: what is left for the others is never less.
    let from = first.length;
    const end = name.length - last.length;
    for (const part of others) {
      const at = name.indexOf(part, from);
      if (at === -1 || at + part.length > end) return false;
      from = at + part.length;
    }
    return true;
  }
}
