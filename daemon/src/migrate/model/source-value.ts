import type { JsonObject, JsonValue } from "@vexil/flags/read/document";
import { RefusedError } from "../../client/client-errors.js";

/** A value of a file of another system, and its place. Whoever asks for another kind than it is gets a refusal. */
export class SourceValue {
  readonly raw: unknown;
  readonly file: string;
  /** `flags.banner.variants`; `""` for the whole. */
  readonly where: string;

  constructor(raw: unknown, file: string, where = "") {
    this.raw = raw;
    this.file = file;
    this.where = where;
  }

  /** True for what is not there, and for null. */
  get isAbsent(): boolean {
    return this.raw === undefined || this.raw === null;
  }

  get isMap(): boolean {
    return typeof this.raw === "object" && this.raw !== null && !Array.isArray(this.raw);
  }

  get isList(): boolean {
    return Array.isArray(this.raw);
  }

  /** A member; absent where this is absent. */
  get(name: string): SourceValue {
    if (this.isAbsent) return this.#below(undefined, name);
    const map = this.#map();
    return this.#below(Object.hasOwn(map, name) ? map[name] : undefined, name);
  }

  /** Members of a map; none where it is absent. */
  entries(): readonly (readonly [string, SourceValue])[] {
    if (this.isAbsent) return [];
    return Object.entries(this.#map()).map(([name, value]) => [name, this.#below(value, name)] as const);
  }

  /** Items of a list; none where it is absent. */
  items(): readonly SourceValue[] {
    if (this.isAbsent) return [];
    if (!Array.isArray(this.raw)) throw this.wrong("a list");
    return this.raw.map((value, index) => this.#below(value, String(index)));
  }

  text(): string {
    if (typeof this.raw === "string") return this.raw;
    throw this.wrong("a text");
  }

  /** A text, or what is written for one that is not there. */
  textOr(fallback: string): string {
    return this.isAbsent ? fallback : this.text();
  }

  number(): number {
    if (typeof this.raw === "number" && Number.isFinite(this.raw)) return this.raw;
    throw this.wrong("a number");
  }

  numberOr(fallback: number): number {
    return this.isAbsent ? fallback : this.number();
  }

  flagOr(fallback: boolean): boolean {
    if (this.isAbsent) return fallback;
    if (typeof this.raw === "boolean") return this.raw;
    throw this.wrong("true or false");
  }

  json(): JsonValue {
    return (this.raw ?? null) as JsonValue;
  }

  /** A map of what is not null; undefined where nothing is left. */
  metadata(): JsonObject | undefined {
    const kept = this.entries().filter(([, value]) => !value.isAbsent);
    return kept.length === 0 ? undefined : Object.fromEntries(kept.map(([name, value]) => [name, value.json()]));
  }

  wrong(wanted: string): RefusedError {
    const found = this.isAbsent ? "missing" : Array.isArray(this.raw) ? "a list" : `a ${typeof this.raw}`;
    return new RefusedError(`${this.file}: ${this.where === "" ? "the file" : this.where} is ${found}, not ${wanted}`);
  }

  #map(): Readonly<Record<string, unknown>> {
    if (!this.isMap) throw this.wrong("a map");
    return this.raw as Readonly<Record<string, unknown>>;
  }

  #below(raw: unknown, name: string): SourceValue {
    return new SourceValue(raw, this.file, this.where === "" ? name : `${this.where}.${name}`);
  }
}
