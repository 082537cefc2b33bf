import { boolean, integer, path, type SettingsLayout, secretFile, secretText, text } from "@vexil/plugin-api/settings";
import { z } from "zod";

const FORM = "it has the form redis://host:6379/0, or rediss:// for TLS";
/** All of them ask for TLS. */
const TLS_KEYS = ["ca_cert_path", "ca_cert_bytes", "cert_path", "key_path"] as const;

/** `storage.<id>.backend` of a storage in Redis. */
export const schema = z
  .strictObject({
    url: text().prefault("redis://localhost:6379").describe("redis://host:port/database; rediss:// speaks TLS."),
    username: text().optional().describe("User of the server's access control list."),
    password: secretText().optional(),
    password_file: secretFile("password")
      .optional()
      .describe("File with the password, read again for new connections."),
    database: integer(0, 65_535).optional().describe("Number of the database, where the URL names none. Default: 0."),
    key_prefix: text().prefault("vexil").describe("All keys begin with {<key_prefix>:<storage>}."),
    cluster: boolean().prefault(false).describe("The URL names a node of a cluster."),
    tls: boolean().optional().describe("Speak TLS, and check the server's certificate."),
    ca_cert_path: path().optional(),
    ca_cert_bytes: text().optional(),
    insecure_skip_tls: boolean().prefault(false).describe("Encrypt without checking who answers."),
    cert_path: path().optional().describe("A client certificate, PEM file."),
    key_path: path().optional().describe("Its key, PEM file."),
  })
  .superRefine((settings, context) => {
    const issue = (key: string, message: string): void => context.addIssue({ code: "custom", path: [key], message });
    for (const key of TLS_KEYS) if (settings[key] === "") issue(key, "must not be empty");
    if (!/^[^{}\s\p{Cc}]{1,64}$/u.test(settings.key_prefix)) {
      issue("key_prefix", "a prefix has 1 to 64 characters, none of them a brace or white space");
    }
    if (settings.password !== undefined && settings.password_file !== undefined) {
      issue("password_file", "please provide only one of password or password_file");
    }
    if (settings.ca_cert_path !== undefined && settings.ca_cert_bytes !== undefined) {
      issue("ca_cert_bytes", "please provide only one of ca_cert_path or ca_cert_bytes");
    }
    if ((settings.cert_path === undefined) !== (settings.key_path === undefined)) {
      issue("key_path", "please provide both cert_path and key_path, or neither");
    }
    // A reference is read later.
    if (!settings.url.startsWith("${")) checkUrl(settings, issue);
  });

export type Settings = z.output<typeof schema>;

export default { schema } satisfies SettingsLayout;

/** The URL itself is never shown: a password may stand in it by mistake. */
function checkUrl(settings: Settings, issue: (key: string, message: string) => void): void {
  const url = URL.canParse(settings.url) ? new URL(settings.url) : undefined;
  if (url === undefined || !["redis:", "rediss:"].includes(url.protocol) || url.search !== "" || url.hash !== "") {
    issue("url", FORM);
    return;
  }
  if (url.username !== "" || url.password !== "") {
    issue("url", "user and password do not stand in the URL: give username, and password or password_file");
  }
  if (!/^\/?\d{0,5}$/.test(url.pathname)) issue("url", FORM);
  const named = url.pathname.slice(1);
  if (named !== "" && settings.database !== undefined && Number(named) !== settings.database) {
    issue("database", "the URL names another database");
  }
  if (settings.cluster && Number(named || (settings.database ?? 0)) !== 0) {
    issue("database", "a cluster has only database 0");
  }
  if (url.protocol === "rediss:" && settings.tls === false) issue("tls", "the URL asks for TLS: rediss://");
  const asksForTls = url.protocol === "rediss:" || settings.tls === true;
  if (asksForTls) return;
  for (const key of TLS_KEYS) if (settings[key]) issue(key, "it needs TLS: rediss:// in the URL, or tls: true");
  if (settings.insecure_skip_tls) issue("insecure_skip_tls", "it needs TLS: rediss:// in the URL, or tls: true");
}
