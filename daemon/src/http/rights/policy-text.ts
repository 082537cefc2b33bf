import { LineIndex } from "@vexil/flags/read/line-column";
import { readYaml } from "@vexil/flags/read/read-yaml";
import type { ValuePath } from "@vexil/flags/read/source-document";
import { VexilError } from "@vexil/plugin-api/errors";

export type Settings = Readonly<Record<string, unknown>>;

/** Policies as their file has them. */
export interface PolicyText {
  readonly settings: Settings;
  /** An error about the value at a path, or nearest to it. */
  fault(path: ValuePath, reason: string, cause?: VexilError): VexilError;
}

/** Policies are written by hand. */
const LARGEST_BYTES = 1_000_000;
const LIMITS = { fileBytes: LARGEST_BYTES, files: 1, depth: 32, aliases: 500_000 };

/**
 * Reads a file of policies.
 * @throws VexilError VEXIL_VALIDATION_CONFIG
 */
export function readPolicyText(bytes: Uint8Array): PolicyText {
  if (bytes.length > LARGEST_BYTES) throw unplaced(`the file is larger than ${LARGEST_BYTES} bytes`);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw unplaced("the file is no text in UTF-8", error);
  }
  const lines = new LineIndex(text);
  const placed = (offset: number, reason: string, cause?: VexilError): VexilError => {
    const { line, column } = lines.at(offset);
    return new VexilError(cause?.code ?? "VEXIL_VALIDATION_CONFIG", `line ${line}, column ${column}: ${reason}`, {
      details: { ...cause?.details, line, column, reason },
      cause,
    });
  };
  // The reader whose time is linear, and which does not recurse deep: whoever pushes may push anything.
  const result = readYaml(text, LIMITS, "first");
  if ("fault" in result) throw placed(result.fault.offset, `the file is no YAML: ${result.fault.reason}`);
  const [document, second] = result.documents;
  if (second !== undefined) throw placed(second.locate([]), "the file has more than one document");
  // A file without a word binds nobody.
  const settings = document?.value ?? {};
  if (!isMap(settings)) throw unplaced("the file must be a map with the engine's settings: roles, bindings");
  return { settings, fault: (path, reason, cause) => placed(document?.locate(path) ?? 0, reason, cause) };
}

export function isMap(value: unknown): value is Settings {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unplaced(reason: string, cause?: unknown): VexilError {
  return new VexilError("VEXIL_VALIDATION_CONFIG", reason, { cause });
}
