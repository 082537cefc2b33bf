import type { Config } from "@vexil/config/config";

/**
 * Address of the web console, for the line that says where the daemon listens; nothing where there is none.
 * @param url where it listens, as a client writes it
 */
export function consoleAddress({ ui, server }: Config, url: string): { readonly console?: string } {
  return ui.enabled ? { console: `${url}${server.basePath}/` } : {};
}
