import { isOf } from "./is-of.js";

const BRAND = Symbol.for("vexil:secret");
const REDACTED = "[redacted]";
const inspect = Symbol.for("nodejs.util.inspect.custom");

/**
 * A value that must not be seen: it prints, inspects and serialises as `[redacted]`; only `reveal()` shows it.
 * Values that come from a file are read again by `refresh()`, which throws what reading throws and keeps the old value.
 * @example
 * const token = new Secret("abc");
 * `${token}`; // "[redacted]"
 * token.reveal(); // "abc"
 */
export class Secret {
  readonly [BRAND] = true;
  #value: string;
  readonly #reload: (() => Promise<string>) | undefined;

  /** @param reload reads the value again from where it came (a file), for rotation without a restart */
  constructor(value: string, reload?: () => Promise<string>) {
    this.#value = value;
    this.#reload = reload;
  }

  /** The value. Where it is used, and nowhere else. */
  reveal(): string {
    return this.#value;
  }

  /** True if the value has a source that can be read again. */
  get refreshable(): boolean {
    return this.#reload !== undefined;
  }

  /** Reads the value again. Resolves to true if it differs. Without a source: false. */
  async refresh(): Promise<boolean> {
    if (this.#reload === undefined) return false;
    const value = await this.#reload();
    const changed = value !== this.#value;
    this.#value = value;
    return changed;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect](): string {
    return REDACTED;
  }

  /** True for a Secret of any copy of this package, as is `instanceof`. */
  static is(value: unknown): value is Secret {
    return typeof value === "object" && value !== null && BRAND in value;
  }

  static [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: it may be a class that extends this one
    return isOf(this, Secret, value, BRAND);
  }
}
