import { RE2JS } from "re2js";

/** Longest address there is (RFC 5321 §4.5.3.1), with room to spare. */
const LONGEST = 1_024;

/** Rule that says whose e-mail address lets them in. Its patterns are RE2's: they take linear time on any address. */
export class EmailRule {
  readonly #patterns: readonly RE2JS[];

  /** @throws Error that names the pattern that is none */
  constructor(patterns: readonly string[]) {
    this.#patterns = patterns.map((pattern, index) => {
      try {
        return RE2JS.compile(pattern);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`email_matches.${index}: ${JSON.stringify(pattern)} is no regular expression: ${reason}`);
      }
    });
  }

  /** True where there are no patterns, or the user's address is not known to be unverified and one is found in it. */
  allows(email: string | undefined, emailVerified: unknown): boolean {
    if (this.#patterns.length === 0) return true;
    if (email === undefined || email.length > LONGEST) return false;
    // Some providers send texts.
    if (emailVerified === false || emailVerified === "false") return false;
    return this.#patterns.some((pattern) => pattern.matcher(email).find());
  }
}
