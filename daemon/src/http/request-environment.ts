import type { IncomingHttpHeaders } from "node:http";
import { VexilError } from "@vexil/plugin-api/errors";
import { headerText } from "./header-text.js";
import type { ReadEnvironment, ReadSnapshots } from "./reads/read-snapshots.js";

/** Header `X-Flipt-Environment`. */
export function environmentHeader(headers: IncomingHttpHeaders): string | undefined {
  return headerText(headers, "x-flipt-environment");
}

/**
 * The environment a read uses: the candidate if it exists, else fallback F: without the header the
 * default environment, with it the one it names (`default` stands for the default environment).
 * @returns the header's key where there is no such environment
 */
export function findEnvironment(
  snapshots: ReadSnapshots,
  candidate: string | undefined,
  header: string | undefined,
): ReadEnvironment | { readonly missing: string } {
  const named = candidate === undefined || candidate === "" ? undefined : snapshots.get(candidate);
  if (named !== undefined) return named;
  if (header === undefined) return defaultEnvironment(snapshots);
  const byHeader = snapshots.get(header);
  if (byHeader !== undefined) return byHeader;
  return header === "default" ? defaultEnvironment(snapshots) : { missing: header };
}

export function defaultEnvironment(snapshots: ReadSnapshots): ReadEnvironment {
  const found = snapshots.default();
  if (found === undefined) throw new VexilError("VEXIL_UNAVAILABLE_STORAGE", "no environment is served yet");
  return found;
}

export function unknownEnvironment(key: string): VexilError {
  return new VexilError(
    "VEXIL_NOT_FOUND",
    `failed to get environment "${key}" from context: environment: "${key}" not found`,
  );
}
