import { path, type SettingsLayout, secretFile, secretText, size } from "@vexil/plugin-api/settings";
import { z } from "zod";

/** Smaller files would be no use, and a single event may have a megabyte. */
const SMALLEST = 1_000;
const KEY_LENGTH = 16;

export const fileSettings = z
  .strictObject({
    path: path().describe("The file, made if it is not there; its directory, too."),
    rotate: size().prefault("100MB").describe("Size from which on a new file is begun; those before are kept."),
    key: secretText().optional().describe("Makes the hashes HMACs, which nobody can forge who lacks it."),
    key_file: secretFile("key").optional().describe("File with it."),
  })
  .superRefine(({ path: file, rotate, key }, context) => {
    const issue = (at: string, message: string): void => context.addIssue({ code: "custom", path: [at], message });
    if (file === "") issue("path", "non-empty value is required");
    if (rotate < SMALLEST) issue("rotate", `${rotate} bytes are fewer than ${SMALLEST}`);
    if (key !== undefined && key.reveal().length < KEY_LENGTH)
      issue("key", `a key has at least ${KEY_LENGTH} characters`);
  });

export type FileSettings = z.output<typeof fileSettings>;

export default { schema: fileSettings, missing: "path non-empty value is required" } satisfies SettingsLayout;
