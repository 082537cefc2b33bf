import { stat } from "node:fs/promises";
import { type ConfigTree, formatPath, isMap } from "./config-tree.js";
import { childOf, type Field, narrowed } from "./fields/field.js";
import type { FoundConfig } from "./find-config.js";

/** Bit of a file's mode: everybody may read it. */
const OTHERS_READ = 0o004;
const NAMED_AT_MOST = 3;
/** Settings that a plugin brings: only their names tell. */
const SECRET_NAME = /(?:password|passphrase|secret|token|api_?key)$/;
const URL_WITH_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@/i;

/** A warning when the file holds secrets and everybody on the machine may read it. */
export async function warnOfReadableSecrets(
  { file, shownAs }: FoundConfig,
  tree: ConfigTree,
  root: Field,
): Promise<readonly string[]> {
  if (process.platform === "win32") return [];
  const { mode } = await stat(file);
  if ((mode & OTHERS_READ) === 0) return [];
  const secrets = secretsInFile(tree, root);
  if (secrets.length === 0) return [];
  const more = secrets.length > NAMED_AT_MOST ? `, and ${secrets.length - NAMED_AT_MOST} more` : "";
  const named = `${secrets.slice(0, NAMED_AT_MOST).join(", ")}${more}`;
  return [
    `${shownAs} holds secrets (${named}), and everybody may read it (mode ${(mode & 0o777).toString(8)}): "chmod o-rwx ${shownAs}", or write references such as \${env:NAME} instead`,
  ];
}

/** Paths of the secrets that stand in the file itself, rather than in what it refers to. */
function secretsInFile(tree: ConfigTree, root: Field): readonly string[] {
  const found: string[] = [];
  const walk = (value: unknown, general: Field | undefined, path: readonly string[]): void => {
    const field = general === undefined ? undefined : narrowed(general, value);
    if (isMap(value)) {
      for (const [key, inner] of Object.entries(value)) walk(inner, childOf(field, key), [...path, key]);
      return;
    }
    if (typeof value !== "string" && typeof value !== "number") return;
    const text = String(value);
    const origin = tree.origin(path);
    if (text === "" || text.startsWith("${") || origin.from !== "file" || origin.reference !== undefined) return;
    const named = field === undefined ? SECRET_NAME.test(path.at(-1) ?? "") : field.info.secret === true;
    if (named || URL_WITH_PASSWORD.test(text)) found.push(formatPath(path));
  };
  walk(tree.root, root, []);
  return found;
}
