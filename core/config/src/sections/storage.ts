import { boolean, duration, integer, secretText, size, text, unitHint, word } from "@vexil/plugin-api/settings";
import { z } from "zod";
import { LAYOUTS } from "../bundled-layouts.js";
import { bundledTypes, DEFAULT_BACKEND } from "../bundled-plugins.js";
import { configError } from "../config-error.js";
import { faultOf, pluginSection } from "../flipt-layout.js";
import { LONGEST_TIMEOUT_MS } from "./longest-timeout.js";

export const timeouts = z
  .object({
    connect: duration().prefault("5s").describe("To connect."),
    first_byte: duration().prefault("10s").describe("From the request to the first byte of the answer."),
    idle: duration().prefault("10s").describe("Between two pieces of the answer."),
    total: duration().prefault("60s").describe("For a whole fetch; the first load may take ten times as long."),
    push: duration().prefault("30s").describe("For a push."),
  })
  .prefault({})
  .describe("Deadlines of network steps.");

export const limits = z
  .object({
    pack_bytes: size().prefault("512MB").describe("Size of one download."),
    file_bytes: size().prefault("16MB").describe("Size of one features file; 100,000 flags have some 40 MB."),
    files: integer(1, 10_000_000).prefault(20_000).describe("Features files in one environment."),
    depth: integer(1, 10_000).prefault(64).describe("Nesting within a file."),
    history_depth: integer(0, 100_000)
      .prefault(200)
      .describe("Commits of the past looked through at a start for the last good version of a faulty file."),
    aliases: integer(0, 1_000_000_000).prefault(50_000).describe("Nodes of a file after its aliases are expanded."),
  })
  .prefault({})
  .describe("What is larger is refused with its name and size.");

const signature = z
  .object({
    name: text().prefault("flipt").describe("Committer; also author, where nobody has to say who it is."),
    email: text().prefault("flipt[bot]@noreply.flipt.io").describe("Their address."),
    enabled: boolean().prefault(false).describe("Sign commits. Needs type ssh and a key."),
    type: text().optional().describe("ssh. (gpg is not supported yet and stops the start when enabled.)"),
    key_path: text().optional().describe("File with the private key that signs."),
    key_ref: z
      .object({ provider: text().optional(), path: text().optional(), key: text().optional() })
      .optional()
      .describe("The private key that signs, from a secrets provider."),
    key_id: text().optional().describe("The key's id (gpg)."),
  })
  .prefault({});

const webhook = z
  .object({
    type: word("github", "gitlab", "gitea", "forgejo", "bitbucket", "azure", "generic").optional(),
    secret: secretText().optional().describe("What the forge signs with, or the password it sends."),
    username: text().optional().describe("For azure, which sends user and password."),
  })
  .optional()
  .describe("Lets a forge announce pushes at POST /hooks/<id>.");

const backend = pluginSection(
  LAYOUTS.backend,
  DEFAULT_BACKEND,
  `${bundledTypes("backend").join(", ")}, or the name or specifier of a plugin.`,
).describe("Where the storage keeps its git data. A plugin's own settings stand here too.");

export const storage = z.object({
  name: text().optional().describe("Accepted and unused."),
  remote: text().optional().describe("Git URL: https, ssh, user@host:path, file or a path. None: local only."),
  branch: text().prefault("main").describe("The branch that is served and written."),
  backend,
  poll_interval: duration().prefault("30s").describe("Time between two polls of the remote, at least 1s."),
  fetch_policy: word("strict", "lenient")
    .prefault("strict")
    .describe("lenient: start and stay healthy although the remote cannot be reached."),
  credentials: text().optional().describe("Id under credentials."),
  ca_cert_path: text().optional().describe("PEM file with the certificate authority of the remote."),
  ca_cert_bytes: text().optional().describe("The same as text."),
  insecure_skip_tls: boolean().prefault(false).describe("Do not check the remote's certificate."),
  read_only: boolean().prefault(false).describe("Refuse every write."),
  timeouts,
  limits,
  signature,
  webhook,
});

export const storages = z.record(z.string(), storage).prefault({});

export type StorageSection = z.output<typeof storage>;

/** Timeouts that cannot be, by their names, and why. */
export function timeoutFaults(
  section: StorageSection["timeouts"],
): readonly (readonly [name: string, reason: string])[] {
  const faultOf = (ms: number): string | undefined => {
    if (ms <= 0) return "must be more than 0";
    if (ms < 1) return `must be at least 1ms${unitHint(ms)}`;
    return ms > LONGEST_TIMEOUT_MS ? "must be at most 48h" : undefined;
  };
  return Object.entries(section).flatMap(([name, ms]) => {
    const reason = faultOf(ms);
    return reason === undefined ? [] : [[name, reason] as const];
  });
}

/** The rules between the values of one storage. @throws VexilError VEXIL_VALIDATION_CONFIG */
export function checkStorage(id: string, section: StorageSection): void {
  const fail = (message: string, ...path: readonly string[]): Error =>
    configError(
      `storage: ${id} storage: ${message}`,
      undefined,
      path.length === 0 ? undefined : ["storage", id, ...path],
    );
  if (section.ca_cert_path !== undefined && section.ca_cert_bytes !== undefined) {
    throw fail("ca_cert please provide only one of ca_cert_path or ca_cert_bytes");
  }
  if (section.poll_interval < 1000) {
    const hint = unitHint(section.poll_interval);
    throw fail(`poll_interval poll interval must be at least 1 second${hint}`, "poll_interval");
  }
  const layout = LAYOUTS.backend.get(section.backend.type);
  const fault = layout === undefined ? undefined : faultOf(section.backend, layout);
  if (fault !== undefined) throw fail(fault.message, "backend", ...fault.path);
  for (const [name, reason] of timeoutFaults(section.timeouts))
    throw fail(`timeouts.${name} ${reason}`, "timeouts", name);
  const { enabled, type, key_ref: ref, key_path: path } = section.signature;
  if (enabled) {
    if (!type) throw fail("signature type non-empty value is required (ssh)", "signature", "type");
    if (type !== "gpg" && type !== "ssh") throw fail(`unsupported signing type: ${type} (only 'ssh' is supported)`);
    if (path === undefined || ref !== undefined) {
      for (const part of ["provider", "path", "key"] as const) {
        if (!ref?.[part])
          throw fail(`signature key_ref ${part} non-empty value is required`, "signature", "key_ref", part);
      }
    }
    if (type === "gpg") {
      throw fail(
        "signing with gpg is not supported yet, and commits would go out unsigned; use type ssh with key_path",
      );
    }
  }
  if (section.webhook !== undefined) {
    if (section.webhook.type === undefined) throw fail("webhook.type non-empty value is required", "webhook", "type");
    if (!section.webhook.secret?.reveal())
      throw fail("webhook.secret non-empty value is required", "webhook", "secret");
    if (section.webhook.type === "azure" && !section.webhook.username) {
      throw fail("webhook.username non-empty value is required for azure", "webhook", "username");
    }
  }
}

/** The branch, once references are resolved. */
export function checkBranch(id: string, branch: string): void {
  const fail = (message: string): Error => configError(`storage: ${id} storage: ${message}`);
  if (/^[0-9a-f]{40}$/.test(branch)) {
    throw fail("branch names a commit; serving a fixed commit is not supported yet, name a branch");
  }
  if (!isBranchName(branch)) throw fail(`branch "${branch}" is not a branch name`);
}

/** git-check-ref-format(1), for one branch. */
function isBranchName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what git refuses
  return !/^$|^-|^\/|\/$|\/\/|\.\.|@\{|[\x00-\x20\x7f~^:?*[\\]|(^|\/)\.|\.$|\.lock(\/|$)|^@$/.test(name);
}
