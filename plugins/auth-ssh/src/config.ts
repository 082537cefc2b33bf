import { type Secret, secret } from "@vexil/plugin-api";
import { z } from "zod";

/** A text; one without characters counts as not given, as in the compatible system. */
const text = z
  .string()
  .transform((value) => (value === "" ? undefined : value))
  .optional();

const given = (value: Secret | undefined): Secret | undefined =>
  value?.refreshable || value?.reveal() ? value : undefined;

/** Settings under `credentials.<id>.ssh`. No key: the agent of `SSH_AUTH_SOCK`. */
export const sshSettings = z
  .strictObject({
    user: text,
    /** Passphrase of the key. */
    password: secret().optional(),
    private_key_path: text,
    private_key_bytes: secret().optional().transform(given),
    insecure_ignore_host_key: z.union([z.boolean(), z.stringbool()]).default(false),
    known_hosts_path: text,
    known_hosts: text,
  })
  .refine((settings) => settings.private_key_path === undefined || settings.private_key_bytes === undefined, {
    path: ["private_key_path"],
    message: "please provide exclusively one of private_key_bytes or private_key_path",
  });

export type SshSettings = z.output<typeof sshSettings>;
