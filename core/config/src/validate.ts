import { parseTemplate } from "@vexil/plugin-api/template";
import { bundledTypes } from "./bundled-plugins.js";
import { configError } from "./config-error.js";
import { checkAnalytics } from "./sections/analytics.js";
import { checkAuthentication } from "./sections/authentication.js";
import { checkAuthorization } from "./sections/authorization.js";
import { checkCredential } from "./sections/credentials.js";
import { checkEdge } from "./sections/edge.js";
import { checkEnvironments } from "./sections/environments.js";
import { GITHUB_APP } from "./sections/github-app.js";
import { checkLog } from "./sections/log.js";
import type { RootSection } from "./sections/root.js";
import { checkSecrets } from "./sections/secrets.js";
import { checkServer } from "./sections/server.js";
import { checkSink } from "./sections/sinks.js";
import { checkStorage } from "./sections/storage.js";

/**
 * The rules between values, in the compatible system's order: root, then section by section; at the end what Vexil
 * cannot do yet and must not ignore. The first failure counts.
 */
export function validate(root: RootSection, resolvePath: (path: string) => string): void {
  checkRoot(root);
  checkAuthentication(root.authentication, root.server.client_ca_file !== undefined);
  checkAnalytics(root.analytics);
  checkServer(root.server, resolvePath);
  checkLog(root.log);
  checkEdge(root.edge, root);
  if (root.edge === undefined) checkEnvironments(root.environments);
  for (const [id, section] of Object.entries(root.storage)) checkStorage(id, section);
  for (const [id, section] of Object.entries(root.credentials)) checkCredential(id, section);
  for (const [name, section] of Object.entries(root.sinks)) checkSink(name, section);
  checkSecrets(root.secrets, resolvePath);
  checkAuthorization(root.authorization, root.authentication, Object.keys(root.storage));
  checkNamedCredentials(root);
}

function checkRoot(root: RootSection): void {
  // An unquoted 2.0 arrives as the number 2.
  const version = root.version?.trim();
  if (version !== undefined && version !== "2.0" && version !== "2")
    throw configError(`invalid version: ${root.version}`);
  if (root.authorization.required && !root.authentication.required) {
    throw configError("authorization: requires authentication to also be required");
  }
  const storages = new Set(Object.keys(root.storage));
  for (const [id, { storage }] of Object.entries(root.environments)) {
    if (!storages.has(storage.toLowerCase())) {
      const message = `environments: "${id}" references undefined storage "${storage}" (storages: ${[...storages].join(", ")})`;
      const hint = `say which storage it serves, such as environments: { ${id}: { storage: ${[...storages][0]} } }`;
      throw configError(message, undefined, undefined, hint);
    }
  }
  const template = root.templates.commit_message;
  if (template === undefined) return;
  try {
    parseTemplate(template);
  } catch (error) {
    throw configError(`templates: invalid commit_message template: ${(error as Error).message}`, error);
  }
}

function checkNamedCredentials(root: RootSection): void {
  for (const [id, { credentials: named }] of Object.entries(root.storage)) {
    if (!named) continue;
    const credential = root.credentials[named.toLowerCase()];
    if (credential === undefined) {
      const ids = Object.keys(root.credentials);
      const known = ids.length === 0 ? "there is none under credentials" : `credentials: ${ids.join(", ")}`;
      throw configError(`credential "${named}" not found, which storage.${id}.credentials names (${known})`);
    }
    if (credential.type === GITHUB_APP) {
      throw configError(
        `storage: ${id} storage: credentials of type ${GITHUB_APP} are not supported yet; use one of ${bundledTypes("auth").join(", ")}`,
      );
    }
  }
}
