import type { Fields } from "../read/field-reader.js";
import type { Finding, FindingRule, SegmentReference } from "../read/inspected-file.js";
import type { LineIndex, Position } from "../read/line-column.js";
import type { SourceDocument, ValuePath } from "../read/source-document.js";

/** Collects what is said about one document. Paths are seen from its root. */
export class Inspection {
  readonly references: SegmentReference[] = [];
  readonly #document: SourceDocument;
  readonly #lines: LineIndex;
  readonly #findings: Finding[];

  constructor(document: SourceDocument, lines: LineIndex, findings: Finding[]) {
    this.#document = document;
    this.#lines = lines;
    this.#findings = findings;
  }

  at(path: ValuePath): Position {
    return this.#lines.at(this.#document.locate(path));
  }

  /** Notes what the compatible system accepts. */
  warn(rule: FindingRule, path: ValuePath, message: string): void {
    this.#add({ rule, severity: "warning", message: `${path.join(".")}: ${message}`, ...this.at(path) });
  }

  /** Notes a reference that leads nowhere; such messages name the flag instead of the path. */
  refuse(path: ValuePath, message: string): void {
    this.#add({ rule: "reference", severity: "error", message, ...this.at(path) });
  }

  /** Notes a reference to a segment, which may be in another document. */
  refer(path: ValuePath, segment: string, message: string): void {
    this.references.push({ segment, message, ...this.at(path) });
  }

  #add(finding: Finding): void {
    this.#findings.push(finding);
  }
}

/** The items of a list that are maps, with their indexes; none for what is no list. */
export function* maps(value: unknown): Generator<readonly [index: number, fields: Fields]> {
  if (!Array.isArray(value)) return;
  for (const [index, item] of value.entries()) {
    if (typeof item === "object" && item !== null && !Array.isArray(item)) yield [index, item as Fields];
  }
}

/** The same for items that have a key. */
export function* keyedMaps(value: unknown): Generator<readonly [index: number, key: string, fields: Fields]> {
  for (const [index, fields] of maps(value)) {
    if (typeof fields.key === "string" && fields.key !== "") yield [index, fields.key, fields];
  }
}
