import type { FeatureLimits } from "../read/document.js";
import type { Fields } from "../read/field-reader.js";
import { FORMAT_VERSIONS, type FormatVersion } from "../read/format-version.js";
import type { DocumentOutline, Finding, InspectedFile } from "../read/inspected-file.js";
import { LineIndex } from "../read/line-column.js";
import { toParsed } from "../read/parse.js";
import { namespaceOf } from "../read/read-document.js";
import { readSource } from "../read/read-source.js";
import type { SourceDocument } from "../read/source-document.js";
import { inspectFlag } from "./inspect-flag.js";
import { inspectSegment } from "./inspect-segment.js";
import { Inspection, keyedMaps, maps } from "./inspection.js";

/** Everything that can be said about one file by itself, all at once: a fault hides none of the others. */
export function inspectFile(path: string, bytes: Uint8Array, limits: FeatureLimits): InspectedFile {
  const source = readSource(path, bytes, limits);
  const { faults } = toParsed(path, bytes, limits, source);
  const isUnreadable = "fault" in source;
  const errors = faults.map(({ reason, line, column }): Finding => {
    const rule = isUnreadable ? "syntax" : UNKNOWN_FIELD.test(reason) ? "unknown-field" : "schema";
    const place = line === undefined || column === undefined ? {} : { line, column };
    return { rule, severity: "error", message: reason, ...place };
  });
  if (isUnreadable) return { findings: errors, documents: undefined };
  const lines = new LineIndex(source.text);
  const findings = [...errors];
  const documents = source.documents
    .slice(0, limits.files)
    .map((document) => inspectDocument(document, new Inspection(document, lines, findings)));
  return { findings, documents };
}

const UNKNOWN_FIELD = /: field not allowed; did you mean /;

function inspectDocument({ value }: SourceDocument, inspection: Inspection): DocumentOutline {
  const namespace = value === null ? "default" : namespaceOf(value, true);
  const fields = (typeof value === "object" && value !== null ? value : {}) as Fields;
  for (const [index, flag] of maps(fields.flags)) inspectFlag(flag, ["flags", index], namespace ?? "", inspection);
  const version = versionOf(fields);
  for (const [index, segment] of maps(fields.segments)) {
    inspectSegment(segment, ["segments", index], version, inspection);
  }
  const named = (list: "flags" | "segments") =>
    [...keyedMaps(fields[list])].map(([index, key]) => ({ key, ...inspection.at([list, index, "key"]) }));
  const segments = named("segments");
  return {
    namespace,
    flags: named("flags"),
    segments,
    hasUnknownSegments: fields.segments !== undefined && segments.length !== Object(fields.segments).length,
    references: inspection.references,
  };
}

function versionOf({ version }: Fields): FormatVersion {
  return FORMAT_VERSIONS.find((known) => known === version) ?? "1.6";
}
