/**
 * The state that an environment serves, as client-side SDKs read it.
 * @example for (const { key, json } of snapshot.namespaces) await put(`${snapshot.environment}/${key}.json`, json);
 */
export interface SinkSnapshot {
  readonly storage: string;
  readonly environment: string;
  /** It answers requests that name none. */
  readonly default: boolean;
  /** The commit, 40 hex digits. Uncommitted edits of a work tree are served, too. */
  readonly revision: string;
  readonly namespaces: readonly SinkNamespace[];
}

/**
 * A namespace of a snapshot.
 * @example { key: "default", digest: "b1a2…", json: '{"namespace":{"key":"default"},…}' }
 */
export interface SinkNamespace {
  readonly key: string;
  /** Another one when anything of it is another: 40 hex digits, or 32. */
  readonly digest: string;
  /** The answer to `GET /client/v2/environments/{environment}/namespaces/{key}/snapshot`, byte for byte (UTF-8). */
  readonly json: string;
}
