import { basename, dirname } from "node:path";
import type { DocumentOutline, FindingRule, InspectedFile, NamedPlace } from "@vexil/flags/read/inspected-file";
import type { PlacedFinding } from "./placed-finding.js";

/** A file that was inspected, as messages name it. */
export interface InspectedPath extends InspectedFile {
  readonly file: string;
}

/** Findings that show only between the documents of a namespace, in load order. */
export function checkNamespaces(files: readonly InspectedPath[]): readonly PlacedFinding[] {
  const namespaces = new Map<string, Namespace>();
  const namespaceOf = (key: string): Namespace => {
    const known = namespaces.get(key) ?? new Namespace(key);
    namespaces.set(key, known);
    return known;
  };
  // A file that cannot be read may define anything of the namespace that its directory is named for.
  for (const { file, documents } of files) if (documents === undefined) namespaceOf(directoryOf(file)).isUnsure = true;
  for (const { file, documents = [] } of files) {
    for (const document of documents) namespaceOf(document.namespace ?? directoryOf(file)).add(file, document);
  }
  return [...namespaces.values()].flatMap(({ findings }) => findings);
}

const directoryOf = (file: string): string => basename(dirname(file));

/** A namespace as read so far: a document may refer to its own segments and those before it. */
class Namespace {
  readonly findings: PlacedFinding[] = [];
  /** There may be segments that cannot be told. */
  isUnsure = false;
  readonly #key: string;
  readonly #flags = new Map<string, string>();
  readonly #segments = new Map<string, string>();

  constructor(key: string) {
    this.#key = key;
  }

  add(file: string, { flags, segments, hasUnknownSegments, references }: DocumentOutline): void {
    this.#define(file, "duplicate-flag", "flag", flags, this.#flags);
    this.#define(file, "duplicate-segment", "segment", segments, this.#segments);
    this.isUnsure ||= hasUnknownSegments;
    for (const { segment, message, line, column } of references) {
      if (this.isUnsure || this.#segments.has(segment)) continue;
      this.findings.push({ file, rule: "reference", severity: "error", message, line, column });
    }
  }

  #define(
    file: string,
    rule: FindingRule,
    what: string,
    named: readonly NamedPlace[],
    places: Map<string, string>,
  ): void {
    for (const { key, line, column } of named) {
      const first = places.get(key);
      if (first === undefined) places.set(key, `${file}:${line}`);
      else {
        const message = `${what} ${this.#key}/${key} is defined at ${first} already; the last one counts`;
        this.findings.push({ file, rule, severity: "warning", message, line, column });
      }
    }
  }
}
