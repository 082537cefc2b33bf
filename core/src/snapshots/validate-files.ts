import { readFile, stat } from "node:fs/promises";
import { DEFAULT_FEATURE_LIMITS, type Fault, type FeatureLimits, type ParsedFile } from "../features/document.js";
import { locateValues } from "../features/locate-values.js";
import { parseFeatures } from "../features/parse.js";
import { readSettings } from "../features/read-settings.js";
import { checkTemplate } from "./check-template.js";
import { compileNamespace } from "./compile-namespace.js";
import { findFeatureFiles } from "./find-feature-files.js";
import { type LoadedFile, toLoadedFile } from "./load-state.js";
import { sortNamespaces } from "./sort-namespaces.js";
import { TimeSlice } from "./time-slice.js";

export interface Validation {
  /** All faults, file by file, then by line. */
  readonly faults: readonly Fault[];
  readonly files: number;
  readonly namespaces: number;
  readonly flags: number;
}

/**
 * Looks at flag files of the file system as a build of a snapshot would: each file by itself, then the references
 * between them. A directory stands for an environment of its own; the files among the targets count together.
 */
export async function validateFiles(
  targets: readonly string[],
  limits: FeatureLimits = DEFAULT_FEATURE_LIMITS,
): Promise<Validation> {
  const single: { features: string[]; settings: string[] } = { features: [], settings: [] };
  const groups: { readonly features: readonly string[]; readonly settings: readonly string[] }[] = [];
  for (const target of targets) {
    const found = await findFeatureFiles(target);
    if (found.features[0] === target || found.settings[0] === target) {
      single.features.push(...found.features);
      single.settings.push(...found.settings);
    } else groups.push(found);
  }
  if (single.features.length + single.settings.length > 0) groups.push(single);
  const results: Validation[] = [];
  for (const { features, settings } of groups) results.push(await validateGroup(features, settings, limits));
  const sum = (count: (result: Validation) => number): number =>
    results.reduce((total, result) => total + count(result), 0);
  return {
    faults: results.flatMap(({ faults }) => faults),
    files: sum(({ files }) => files),
    namespaces: sum(({ namespaces }) => namespaces),
    flags: sum(({ flags }) => flags),
  };
}

/** `file:line:column: reason` */
export function formatFault({ file, line = 1, column = 1, reason }: Fault): string {
  return `${file}:${line}:${column}: ${reason}`;
}

async function validateGroup(
  features: readonly string[],
  settings: readonly string[],
  limits: FeatureLimits,
): Promise<Validation> {
  const faults: Fault[] = [];
  for (const path of settings) faults.push(...readSettings(path, await readFile(path), limits, checkTemplate).faults);
  const files: LoadedFile[] = [];
  for (const path of features) {
    const parsed = await parseFile(path, limits);
    faults.push(...parsed.faults);
    files.push(toLoadedFile({ path, oid: parsed.sha1 }, parsed));
  }
  const sorted = sortNamespaces({ files, parsedFiles: 0 }, undefined);
  let flags = 0;
  for (const { documents, badFiles } of sorted.values()) {
    // What a file with faults defines is not known, so references into it cannot be told from bad ones.
    if (badFiles.length > 0) continue;
    const result = await compileNamespace(documents, 0, new TimeSlice());
    if ("namespace" in result) flags += result.namespace.flags.size;
    for (const { file, place, reason } of "faults" in result ? result.faults : []) {
      const [position] = locateValues(file.path, await readFile(file.path), limits, [place]);
      faults.push({ file: file.path, ...position, reason, namespaces: [] });
    }
  }
  const order = new Map([...settings, ...features].map((path, index) => [path, index]));
  faults.sort((a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || (a.line ?? 0) - (b.line ?? 0));
  return { faults, files: files.length + settings.length, namespaces: sorted.size, flags };
}

/** A file that is far too large is not read at all. */
async function parseFile(path: string, limits: FeatureLimits): Promise<ParsedFile> {
  const { size } = await stat(path);
  if (size <= limits.fileBytes) return parseFeatures(path, await readFile(path), limits);
  const reason = `the file has ${size} bytes, more than the limit of ${limits.fileBytes}`;
  return { documents: [], faults: [{ file: path, line: 1, column: 1, reason, namespaces: [] }], sha1: "" };
}
