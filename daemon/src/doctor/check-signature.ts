import type { StorageConfig } from "@vexil/config/config";
import type { Examination } from "./examination.js";
import { failedStep, type StepResult } from "./report.js";

/** Payload of the shape of a commit: a key that cannot sign is found before the first write. */
const TRIED = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nsigned to see whether the key can\n";

/** Reads the key that a storage's commits are signed with, and signs with it. */
export async function checkSignature(storage: StorageConfig, examination: Examination): Promise<StepResult> {
  try {
    const sign = await examination.openSigner(storage);
    await sign(TRIED);
    return { step: "signature", ok: true, message: `commits are signed (${storage.signature.type})` };
  } catch (error) {
    return failedStep("signature", error);
  }
}
