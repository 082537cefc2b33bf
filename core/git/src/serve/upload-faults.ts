import type { Oid, RefName } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";

/** A request that breaks git's protocol, or asks for what is not done. */
export const badRequest = (what: string): VexilError => new VexilError("VEXIL_VALIDATION_REQUEST", what);

/** As git words it: clients look for these words. */
export const notOurs = (oid: Oid): VexilError => new VexilError("VEXIL_NOT_FOUND", `upload-pack: not our ref ${oid}`);

export const unknownRef = (ref: RefName): VexilError =>
  new VexilError("VEXIL_NOT_FOUND", `unknown ref ${ref.slice(0, 250)}`);

/** Of an object that should be here. */
export const lost = (what: string, oid: Oid): VexilError =>
  new VexilError("VEXIL_UNAVAILABLE_CORRUPT", `${what} ${oid} is missing from the storage`, {
    details: { step: "backend" },
  });
