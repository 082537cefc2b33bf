import { DEFAULT_FEATURE_LIMITS } from "@vexil/flags/read/document";
import { faultText, parseFeatures } from "@vexil/flags/read/parse";
import { RefusedError } from "../client/client-errors.js";
import { CONVERTERS, SOURCE_SYSTEMS, type SourceSystem } from "./from/converters.js";
import type { Converter } from "./from/import-source.js";
import { readSourceFile } from "./model/read-source-file.js";
import { type Notice, Report } from "./model/report.js";
import type { WrittenNamespace } from "./model/written-namespace.js";
import { featuresYaml } from "./to/features-yaml.js";

export interface ImportRequest {
  readonly system: SourceSystem;
  readonly files: readonly string[];
  readonly namespace: string | undefined;
  readonly sourceEnvironment: string | undefined;
  readonly entity: string | undefined;
  /** Epoch ms. */
  readonly now: number;
}

/** Flags of another system as they are here. */
export interface Imported {
  readonly namespaces: readonly (WrittenNamespace & { readonly text: string })[];
  readonly notices: readonly Notice[];
  readonly isLossless: boolean;
}

/**
 * Reads the files of another system.
 * @throws RefusedError where they cannot be read; what can, but cannot be carried over, is in the notices
 */
export async function importFiles({ system, files, ...settings }: ImportRequest): Promise<Imported> {
  const documents = (await Promise.all(files.map(readSourceFile))).flat();
  const report = new Report();
  const namespaces = converted(system, documents, { ...settings, report });
  const keys = namespaces.map(({ key }) => key);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) {
    throw new RefusedError(`two projects or flag sets would be namespace ${twice}: --namespace reads all as one`);
  }
  return {
    namespaces: namespaces.map((namespace) => ({ ...namespace, text: checkedText(namespace) })),
    notices: report.notices,
    isLossless: report.isLossless,
  };
}

function converted(system: SourceSystem, ...source: Parameters<Converter>): readonly WrittenNamespace[] {
  try {
    return CONVERTERS[system](...source);
  } catch (error) {
    if (system !== "vexil" || !(error instanceof RefusedError)) throw error;
    const others = SOURCE_SYSTEMS.filter((one) => one !== system);
    throw new RefusedError(`${error.message}; if it is another system's file, say which: --from ${others.join(", ")}`);
  }
}

/** The text of a namespace, which is known to be one that is served. */
function checkedText(namespace: WrittenNamespace): string {
  const text = featuresYaml(namespace);
  const [fault] = parseFeatures("features.yaml", Buffer.from(text), DEFAULT_FEATURE_LIMITS).faults;
  if (fault === undefined) return text;
  throw new RefusedError(`what would become of namespace ${namespace.key} is no features file: ${faultText(fault)}`);
}
