import type { Report } from "../model/report.js";
import type { SourceValue } from "../model/source-value.js";
import type { WrittenNamespace } from "../model/written-namespace.js";

/** Wishes and surroundings of an import. */
export interface ImportSettings {
  /** Of what the source's own namespaces, projects or sets become; undefined: as the source names them. */
  readonly namespace: string | undefined;
  /** Environment of the source, where an export holds several. */
  readonly sourceEnvironment: string | undefined;
  /** Property of the source's contexts that becomes the entity's id, where it is not the usual one. */
  readonly entity: string | undefined;
  /** Schedules are read as they stand at this time; epoch ms. */
  readonly now: number;
  readonly report: Report;
}

/**
 * Reads what the files of one system say.
 * @throws RefusedError where they are not of that system, or are broken
 */
export type Converter = (documents: readonly SourceValue[], settings: ImportSettings) => readonly WrittenNamespace[];
