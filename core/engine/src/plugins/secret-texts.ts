import { Secret } from "@vexil/plugin-api";

/** Shorter values would blank out innocent words. */
const SHORTEST = 4;
/** Secrets of one plugin instance; the oldest go, so that a token fetched every minute is no leak. */
const MOST = 200;
/** Levels of a log field that are looked through. */
const DEPTH = 6;
const BLANK = "[redacted]";
/** Base64 of at least the shortest secret, either alphabet. */
const BASE64 = /[A-Za-z0-9+/_-]{6,}={0,2}/g;

/** The texts of one plugin instance that must not be seen: the Secrets of its settings, and what it registers. */
export class SecretTexts {
  /** Asked each time: what comes from a file changes. */
  readonly #settings: readonly Secret[];
  readonly #registered = new Set<string>();

  constructor(settings: unknown) {
    this.#settings = secretsIn(settings);
  }

  /** Registers a text. */
  add(secret: string): void {
    if (typeof secret !== "string" || secret.length < SHORTEST) return;
    this.#registered.delete(secret);
    this.#registered.add(secret);
    for (const oldest of this.#registered) {
      if (this.#registered.size <= MOST) break;
      this.#registered.delete(oldest);
    }
  }

  /** A text without them, URL-encoded and base64 forms included. */
  blank(text: string): string {
    const secrets = this.#texts();
    if (secrets.length === 0) return text;
    let blanked = text;
    for (const secret of secrets) {
      for (const form of [secret, encodeURIComponent(secret)]) blanked = blanked.replaceAll(form, BLANK);
    }
    return blanked.replace(BASE64, (encoded) => (holdsOne(encoded, secrets) ? BLANK : encoded));
  }

  /** Log fields without them. Errors keep their class, so that the logger knows them. */
  blankFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
    return this.#blankMap(fields, 0);
  }

  /** The same error where there is nothing to blank, else a copy: the plugin may still use its own. */
  blankError<E extends Error>(error: E): E {
    const [message, stack, cause] = [this.blank(error.message), this.blank(error.stack ?? ""), this.#causeOf(error)];
    if (message === error.message && stack === (error.stack ?? "") && cause === error.cause) return error;
    const copy: E = Object.create(Object.getPrototypeOf(error) as object, Object.getOwnPropertyDescriptors(error));
    for (const [key, value] of Object.entries({ message, stack, cause })) {
      if (Object.hasOwn(error, key)) Object.defineProperty(copy, key, { value, configurable: true, writable: true });
    }
    return copy;
  }

  #causeOf(error: Error): unknown {
    const { cause } = error;
    if (typeof cause === "string") return this.blank(cause);
    // An error that is its own cause would go round.
    return cause instanceof Error && cause.cause === undefined ? this.blankError(cause) : cause;
  }

  /** Longest first, so that one that is part of another leaves nothing of it. */
  #texts(): readonly string[] {
    return [...this.#settings.map((secret) => secret.reveal()), ...this.#registered]
      .filter((secret) => secret.length >= SHORTEST)
      .flatMap((secret) => [secret, ...passwordOf(secret)])
      .sort((a, b) => b.length - a.length);
  }

  #blankValue(value: unknown, depth: number): unknown {
    if (typeof value === "string") return this.blank(value);
    if (typeof value !== "object" || value === null || Secret.is(value) || value instanceof Date) return value;
    if (value instanceof Error) return this.blankError(value);
    if (depth >= DEPTH) return "[…]";
    if (Array.isArray(value)) return value.map((one) => this.#blankValue(one, depth + 1));
    if (value instanceof Set) return [...value].map((one) => this.#blankValue(one, depth + 1));
    return this.#blankMap(value instanceof Map ? Object.fromEntries(value) : value, depth);
  }

  #blankMap(map: object, depth: number): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(map).map(([key, value]) => [this.blank(key), this.#blankValue(value, depth + 1)]),
    );
  }
}

function secretsIn(settings: unknown): readonly Secret[] {
  if (Secret.is(settings)) return [settings];
  return typeof settings === "object" && settings !== null ? Object.values(settings).flatMap(secretsIn) : [];
}

/** A `Basic` header holds user and password as one text; the secret may stand anywhere in it. */
function holdsOne(encoded: string, secrets: readonly string[]): boolean {
  const decoded = Buffer.from(encoded, "base64").toString("utf8");
  return secrets.some((secret) => decoded.includes(secret));
}

/** A secret that is a URL hides its password, too. */
function passwordOf(value: string): readonly string[] {
  if (!URL.canParse(value)) return [];
  const { password } = new URL(value);
  return password.length < SHORTEST ? [] : [password, safelyDecoded(password)];
}

function safelyDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
