import { pathToFileURL } from "node:url";

/**
 * Imports a module of a plugin. The bundle has those that come with Vexil inside, and this module with them
 * (`.scripts/bundle.mjs`).
 * @param _specifier its package, and what is asked of it: `@vexil/backend-local/read-only`
 * @param file what that was resolved to
 */
export async function importPlugin(_specifier: string, file: string): Promise<Readonly<Record<string, unknown>>> {
  return (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
}
