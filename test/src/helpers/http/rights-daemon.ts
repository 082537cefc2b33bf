import type { ExecutionContext } from "ava";
import { type InProcessDaemon, inProcessDaemon } from "../daemon/in-process.js";

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into, and asserted on, member by member
type Json = any;

export interface Answered {
  readonly status: number;
  readonly body: Json;
  readonly headers: Headers;
}

export interface RightsDaemon extends InProcessDaemon {
  /** Calls as the token of this name. */
  as(
    token: string,
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answered>;
}

/** Callers of the tests: each a static token that is called so. */
export const CALLERS = ["root", "editor", "viewer", "team", "brancher", "syncer", "feat-1", "nobody"] as const;

/** Rights of the tests' callers. */
export const RIGHTS = {
  roles: {
    root: [{ actions: ["evaluate", "read", "write", "branch", "rollback", "sync", "admin"] }],
    editor: [{ actions: ["read", "evaluate", "write", "rollback"], environments: ["staging"] }],
    viewer: [{ actions: ["read", "evaluate"], environments: ["stag*"] }],
    team: [{ actions: ["read", "evaluate", "write"], environments: ["staging"], namespaces: ["team-a"] }],
    brancher: [{ actions: ["branch"], environments: ["staging"] }],
    syncer: [{ actions: ["sync"], environments: ["production"] }],
    feature: [{ actions: ["read", "write"], environments: ["feat-1"] }],
  },
  bindings: [
    { role: "root", match: { token: "root" } },
    { role: "editor", match: { token: "editor" } },
    { role: "viewer", match: { token: "view*" } },
    { role: "team", match: { token: "team" } },
    { role: "brancher", match: { token: "brancher" } },
    { role: "syncer", match: { token: "syncer" } },
    { role: "feature", match: { token: "feat-1" } },
  ],
} as const;

/** A configuration with the callers' tokens: storage `main` with staging and production, the default; storage `other`. */
export function rightsConfig(
  rights: Readonly<Record<string, unknown>> = RIGHTS,
  authentication: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    storage: { main: { backend: { type: "memory" } }, other: { backend: { type: "memory" } } },
    environments: {
      production: { storage: "main", directory: "production", default: true },
      staging: { storage: "main", directory: "staging" },
      elsewhere: { storage: "other" },
    },
    authentication: {
      required: true,
      methods: {
        token: {
          enabled: true,
          storage: { tokens: Object.fromEntries(CALLERS.map((name) => [name, { credential: `secret-of-${name}` }])) },
        },
      },
      ...authentication,
    },
    authorization: { required: true, ...rights },
  };
}

export const bearer = (token: string): Record<string, string> => ({ Authorization: `Bearer secret-of-${token}` });

const flag = (key: string, enabled: boolean): object => ({
  key,
  payload: { "@type": "flipt.core.Flag", key, name: key, type: "BOOLEAN_FLAG_TYPE", enabled },
});

/** A daemon with rights; in production and staging the namespaces `default` and `team-a` have a flag `on`. */
export async function rightsDaemon(
  t: ExecutionContext,
  config: Readonly<Record<string, unknown>> = rightsConfig(),
): Promise<RightsDaemon> {
  const daemon = await inProcessDaemon(t, config);
  await daemon.start();
  const as: RightsDaemon["as"] = async (token, method, path, body, headers = {}) => {
    const response = await fetch(`${daemon.url()}${path}`, {
      method,
      headers: { ...bearer(token), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    let read: Json = text;
    try {
      read = JSON.parse(text);
    } catch {
      // Not all answers are JSON.
    }
    return { status: response.status, body: read, headers: response.headers };
  };
  for (const environment of ["production", "staging"]) {
    const path = `/api/v2/environments/${environment}/namespaces`;
    await expect(as("root", "POST", path, { key: "team-a", name: "Team A" }));
    for (const namespace of ["default", "team-a"]) {
      await expect(as("root", "POST", `${path}/${namespace}/resources`, flag("on", environment === "staging")));
    }
  }
  return { ...daemon, as };
}

async function expect(answer: Promise<Answered>): Promise<void> {
  const { status, body } = await answer;
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
}
