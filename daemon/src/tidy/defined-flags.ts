import { createSnapshotBuilder } from "@vexil/flags/create-snapshot-builder";
import type { CompiledFlag } from "@vexil/flags/evaluate/compiled-flag";
import { DEFAULT_FEATURE_LIMITS } from "@vexil/flags/read/document";
import { buildFiles } from "../validate/build-files.js";
import { collectFiles } from "../validate/collect-files.js";

/** A flag, and where it is defined. */
export interface DefinedFlag {
  readonly namespace: string;
  readonly flag: CompiledFlag;
}

/**
 * The flags that a directory defines, which stands for one environment.
 * @throws Error for a directory without flags, and for one with faults: what is not read would be taken for not defined
 */
export async function definedFlags(directory: string): Promise<readonly DefinedFlag[]> {
  const [set] = await collectFiles([directory], DEFAULT_FEATURE_LIMITS.fileBytes);
  const builder = createSnapshotBuilder();
  try {
    const { namespaces, quarantined } = await buildFiles(set?.files ?? [], directory, builder, DEFAULT_FEATURE_LIMITS);
    const [fault] = quarantined;
    if (fault !== undefined) {
      throw new Error(`${directory}/${fault.file}: ${fault.reason}; "vexil validate ${directory}" shows all faults`);
    }
    const found = [...namespaces].flatMap(([namespace, { flags }]) =>
      [...flags.values()].map((flag) => ({ namespace, flag })),
    );
    if (found.length > 0) return found;
    throw new Error(
      `${directory} defines no flags: a directory stands for an environment, whose folders have the files`,
    );
  } finally {
    await builder.close();
  }
}
