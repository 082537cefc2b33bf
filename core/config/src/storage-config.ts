import type { FeatureLimits } from "@vexil/flags/read/document";
import type { RemoteTimeouts } from "@vexil/git/remote/remote";
import type { Secret } from "@vexil/plugin-api";
import type { JournalConfig } from "./journal-config.js";

export interface StorageConfig {
  readonly id: string;
  /** Without user information (that became a credential). */
  readonly remote: string | undefined;
  readonly branch: string;
  /** A file that is read beside those with flags; undefined: there is none. */
  readonly policyFile?: string | undefined;
  readonly backend: {
    readonly type: string;
    /** The plugin's own keys, `type` left out; validated by the plugin's schema. */
    readonly settings: Readonly<Record<string, unknown>>;
  };
  readonly pollIntervalMs: number;
  readonly fetchPolicy: "strict" | "lenient";
  /** Id under `credentials`, lower-cased. A URL with user and password makes one named `remote of <storage>`. */
  readonly credentials: string | undefined;
  readonly caCertPath: string | undefined;
  readonly caCertBytes: string | undefined;
  readonly insecureSkipTls: boolean;
  readonly readOnly: boolean;
  readonly timeouts: RemoteTimeouts;
  /** Undefined: there is none. */
  readonly journal?: JournalConfig | undefined;
  readonly limits: FeatureLimits & {
    readonly packBytes: number;
    /** Commits of the branch's past that are looked through for the last good version of a faulty file. */
    readonly historyDepth: number;
  };
  readonly signature: {
    readonly name: string;
    readonly email: string;
    readonly enabled: boolean;
    readonly type: string | undefined;
    readonly keyPath: string | undefined;
    /** The key's text, when it came by `key_ref`. */
    readonly key: Secret | undefined;
  };
  readonly webhook:
    | { readonly type: string; readonly secret: Secret; readonly username: string | undefined }
    | undefined;
}
