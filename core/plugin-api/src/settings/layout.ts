import type { z } from "zod";

/**
 * Where a bundled plugin's settings stand in the configuration, and which they are: its file `settings.ts`.
 * @example { schema: z.strictObject({ path: path() }), preset: { path: "." } }
 */
export interface SettingsLayout {
  /** The settings, made of the lenient fields. Rules between them belong to the object, not to its fields. */
  readonly schema: z.ZodObject;
  /** The key of the map that holds them; undefined: they stand beside `type`. */
  readonly block?: string;
  /** Message where that map is absent; undefined: it need not be there. */
  readonly missing?: string;
  /** The compatible system has this type, too: its keys are let through where another type is chosen. */
  readonly compatible?: boolean;
  /** Its callers have certificates of their connections: without `server.client_ca_file` there are none. */
  readonly clientCertificates?: boolean;
  /** Values that count, and are shown, where none are given. */
  readonly preset?: Readonly<Record<string, unknown>>;
  /**
   * Puts into a remote's address what the settings say of it.
   * @throws Error in words, where the two contradict each other
   */
  readonly addressOf?: (remote: string, settings: Readonly<Record<string, unknown>>) => string;
}
