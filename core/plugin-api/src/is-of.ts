/**
 * Answers `instanceof` for a class of which there may be several copies: the daemon's, and those of plugins that bring
 * this package along.
 * @example static [Symbol.hasInstance](value: unknown): boolean { return isOf(this, Secret, value, BRAND); }
 * @param asked the class, or one that extends it, of which only its own instances are
 * @param brand what instances of all copies have
 */
export function isOf(asked: unknown, base: unknown, value: unknown, brand: symbol): boolean {
  if (asked !== base) return Function.prototype[Symbol.hasInstance].call(asked, value);
  return typeof value === "object" && value !== null && brand in value;
}
