import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { VexilError } from "./errors/vexil-error.js";
import type { Logger } from "./logger.js";
import { Secret } from "./secret.js";

/**
 * A Secret that a file holds, surrounding white space removed; `refresh()` reads the file again. A relative path is
 * seen from the working directory.
 * @throws VexilError VEXIL_AUTH_FILE when the file cannot be read or is empty
 * @example const token = await secretFromFile("/run/secrets/token")
 */
export async function secretFromFile(path: string): Promise<Secret> {
  const read = async (): Promise<string> => {
    const value = (await readCredentialFile(path)).trim();
    if (value === "") {
      throw new VexilError("VEXIL_AUTH_FILE", `${path} is empty; write the secret into it`, {
        details: { step: "auth", file: path },
      });
    }
    return value;
  };
  return new Secret(await read(), read);
}

/**
 * Reads a file that belongs to a credential.
 * @throws VexilError VEXIL_AUTH_FILE, naming the path and the reason
 * @example const key = await readCredentialFile(settings.key_path)
 */
export async function readCredentialFile(path: string): Promise<string> {
  try {
    return await readFile(resolve(path), "utf8");
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? "unknown error";
    throw new VexilError("VEXIL_AUTH_FILE", `cannot read ${path}: ${reason}`, {
      details: { step: "auth", file: path },
      cause: error,
    });
  }
}

/**
 * The secret's value as its source has it now, so that a rotated file is used without a restart. While the source
 * cannot be read the last good value stays in use; only after a refusal (`refresh`) is that an error.
 * @throws VexilError VEXIL_AUTH_FILE when the source cannot be read and `refresh` is set
 * @example const token = await currentValue(settings.token, { refresh: options.refresh, logger: context.logger })
 */
export async function currentValue(
  secret: Secret,
  options: { readonly refresh: boolean; readonly logger: Logger },
): Promise<string> {
  try {
    await secret.refresh();
  } catch (error) {
    if (options.refresh) throw unreadable(error);
    options.logger.log("warn", "credential.unread", "a credential's file cannot be read; its last value stays in use", {
      reason: error instanceof Error ? error.message : "unknown",
    });
  }
  return secret.reveal();
}

function unreadable(error: unknown): VexilError {
  if (VexilError.is(error) && error.code === "VEXIL_AUTH_FILE") return error;
  const reason = error instanceof Error ? error.message : "the credential's source cannot be read";
  return new VexilError("VEXIL_AUTH_FILE", reason, { details: { step: "auth" }, cause: error });
}
