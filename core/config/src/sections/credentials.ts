import { z } from "zod";
import { configError } from "../config-error.js";
import { boolean, secretText, text } from "../fields/lenient.js";

const basic = z.object({
  username: text().optional(),
  password: secretText().optional(),
  password_file: text().optional().describe("File with the password, read again when it changes."),
});

const ssh = z.object({
  user: text().prefault("git"),
  password: secretText().optional().describe("Passphrase of the private key."),
  private_key_path: text().optional(),
  private_key_bytes: secretText().optional().describe("The private key's text."),
  insecure_ignore_host_key: boolean().prefault(false).describe("Accept any host key. Never do this."),
  known_hosts_path: text().optional().describe("File with the host keys to accept."),
  known_hosts: text().optional().describe("Its text."),
});

const githubApp = z.object({
  client_id: text().optional(),
  installation_id: text().optional(),
  private_key_path: text().optional(),
  private_key_bytes: secretText().optional(),
  api_url: text().optional(),
});

export const credential = z.looseObject({
  type: text().optional().describe("basic, access_token, ssh, or the name or specifier of a plugin."),
  basic: basic.optional(),
  access_token: secretText().optional(),
  access_token_file: text().optional().describe("File with the token, read again when it changes."),
  ssh: ssh.optional(),
  github_app: githubApp.optional().describe("Not supported yet: a storage that names it stops the start."),
});

export const credentials = z.record(z.string(), credential).prefault({});

export type CredentialSection = z.output<typeof credential>;

const TYPES = ["basic", "access_token", "ssh", "github_app"];

/** Tells whether the type is one of the compatible system's, rather than a plugin's. */
export function isKnownType(type: string): boolean {
  return TYPES.includes(type);
}

/** The rules of `config.md` §2.3 for one credential. */
export function checkCredential(id: string, section: CredentialSection): void {
  const fail = (message: string): Error =>
    configError(`credentials: ${id} credentials: ${message}`, undefined, ["credentials", id]);
  const type = section.type ?? "";
  switch (type) {
    case "basic":
      checkBasic(section.basic, fail);
      return;
    case "access_token":
      if (section.access_token_file !== undefined && section.access_token !== undefined) {
        throw fail("access token please provide exclusively one of access_token or access_token_file");
      }
      if (!section.access_token?.reveal() && !section.access_token_file) {
        throw fail("access token non-empty value is required");
      }
      return;
    case "ssh":
      checkSsh(section.ssh, fail);
      return;
    case "github_app":
      checkGithubApp(section.github_app, fail);
      return;
    default:
      // A specifier, or the name of a package: the plugin loader says whether there is one.
      if (/[/@.]/.test(type) || (/^[a-z][a-z0-9-]*$/.test(type) && !isKnownType(type.replaceAll("-", "_")))) return;
      throw configError(
        `credentials: type unexpected credential type "${type}" (credentials.${id}.type is one of ${TYPES.join(", ")}, or a plugin's name or specifier)`,
      );
  }
}

type Fail = (message: string) => Error;

function checkBasic(section: CredentialSection["basic"], fail: Fail): void {
  if (section === undefined) throw fail("basic auth configuration non-empty value is required");
  if (section.password !== undefined && section.password_file !== undefined) {
    throw fail("basic credentials: password please provide exclusively one of password or password_file");
  }
  const password = section.password?.reveal() || section.password_file;
  if (!section.username !== !password) {
    throw fail("basic credentials: both username and password for basic auth non-empty value is required");
  }
}

function checkSsh(section: CredentialSection["ssh"], fail: Fail): void {
  const prefix = "ssh credentials: ssh authentication credentials:";
  if (section === undefined) return; // ssh-agent, user git
  const bytes = section.private_key_bytes?.reveal();
  if (section.private_key_path && bytes) {
    throw fail(`${prefix} private_key please provide exclusively one of private_key_bytes or private_key_path`);
  }
  if (section.known_hosts_path && section.known_hosts) {
    throw fail(`${prefix} known_hosts please provide exclusively one of known_hosts or known_hosts_path`);
  }
}

function checkGithubApp(section: CredentialSection["github_app"], fail: Fail): void {
  const prefix = "github_app credentials: github app credentials:";
  if (section === undefined) throw fail("github app configuration non-empty value is required");
  if (!section.client_id) throw fail(`${prefix} client_id non-empty value is required`);
  if (!section.installation_id) throw fail(`${prefix} installation_id non-empty value is required`);
  if (!section.private_key_path === !section.private_key_bytes?.reveal()) {
    throw fail(`${prefix} private_key please provide exclusively one of private_key_bytes or private_key_path`);
  }
}
