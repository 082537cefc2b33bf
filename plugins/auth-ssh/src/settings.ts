import type { Secret } from "@vexil/plugin-api";
import { boolean, path, type SettingsLayout, secretText, text } from "@vexil/plugin-api/settings";
import { z } from "zod";
import { addressFor } from "./address-for.js";

/** A text without characters counts as not given, as in the compatible system. */
const filled = (value: string | undefined): string | undefined => value || undefined;
const given = (value: Secret | undefined): Secret | undefined =>
  value?.refreshable || value?.reveal() ? value : undefined;

/** The map `credentials.<id>.ssh`. No key: the agent of `SSH_AUTH_SOCK`. */
export const sshSettings = z
  .strictObject({
    user: text().transform(filled).prefault("git"),
    password: secretText().optional().describe("Passphrase of the private key."),
    private_key_path: path().optional().transform(filled),
    private_key_bytes: secretText().optional().transform(given).describe("The private key's text."),
    insecure_ignore_host_key: boolean().prefault(false).describe("Accept any host key. Never do this."),
    known_hosts_path: path().optional().transform(filled).describe("File with the host keys to accept."),
    known_hosts: text().optional().transform(filled).describe("Its text."),
  })
  .superRefine((settings, context) => {
    const exclusive = (first: string, second: string): void => {
      const message = `ssh credentials: ssh authentication credentials: ${first} please provide exclusively one of ${second}`;
      context.addIssue({ code: "custom", path: [`${first}_path`], message });
    };
    if (settings.private_key_path !== undefined && settings.private_key_bytes !== undefined) {
      exclusive("private_key", "private_key_bytes or private_key_path");
    }
    if (settings.known_hosts_path !== undefined && settings.known_hosts !== undefined) {
      exclusive("known_hosts", "known_hosts or known_hosts_path");
    }
  });

export type SshSettings = z.output<typeof sshSettings>;

export default {
  schema: sshSettings,
  block: "ssh",
  compatible: true,
  addressOf: (remote, { user }) => addressFor(remote, typeof user === "string" ? user : "git"),
} satisfies SettingsLayout;
