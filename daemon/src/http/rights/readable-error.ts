import { VexilError } from "@vexil/plugin-api/errors";
import type { RequestRights } from "./request-rights.js";

/**
 * An error as its caller may read it. What a storage's own error says names addresses, files and branches: as in the
 * status, it is for whoever may read all environments, and others get the error's brief (`details.brief`).
 * @param rights undefined: the caller is not known yet
 */
export async function readableError(error: VexilError, rights: RequestRights | undefined): Promise<VexilError> {
  const { brief } = error.details;
  if (typeof brief !== "string" || (await isReader(rights))) return error;
  return new VexilError(error.code, brief, { details: error.details, cause: error });
}

async function isReader(rights: RequestRights | undefined): Promise<boolean> {
  return rights?.may("read").catch(() => false) ?? false;
}
