import * as nodeModule from "node:module";
import { resolveSync } from "./api-fallback-hook.js";

let registered = false;

/**
 * Lets plugins without a copy of `@vexil/plugin-api` use this one. Hooks cost a thread on Node 20, so they are only
 * registered for the first plugin that needs them.
 */
export function provideApiTo(file: string): void {
  if (registered) return;
  try {
    nodeModule.createRequire(file).resolve("@vexil/plugin-api");
  } catch {
    registered = true;
    const { registerHooks } = nodeModule as { registerHooks?: (hooks: { resolve: unknown }) => void };
    if (registerHooks === undefined) nodeModule.register(new URL("./api-fallback-hook.js", import.meta.url));
    else registerHooks({ resolve: resolveSync });
  }
}
