import type { AccessRequest, Action, Caller } from "@vexil/plugin-api";

/** The compatible system's numbers of methods; others have none there. */
const METHODS: Readonly<Record<string, number>> = { token: 1, oidc: 2, kubernetes: 3, github: 4, jwt: 5 };

/** The compatible system's verb for an action, where no change is told. It judges neither evaluation nor polls nor the admin's work. */
const VERBS: Readonly<Record<Action, "read" | "update">> = {
  evaluate: "read",
  read: "read",
  write: "update",
  branch: "update",
  rollback: "update",
  sync: "update",
  report: "update",
  admin: "update",
};

/** Input of a policy: the compatible system's members, and beside them what Vexil asks and knows. */
export interface OpaInput {
  readonly request: {
    readonly scope: "environment" | "namespace";
    readonly environment?: string;
    readonly namespace?: string;
    readonly action: string;
    /** Vexil's own name of the action. */
    readonly operation: Action;
    /** Environment that a branch was made from. */
    readonly base?: string;
    /** Branch that is to be made of the environment. */
    readonly branch?: string;
  };
  readonly authentication: {
    readonly id: string;
    readonly method: number;
    readonly method_name: string;
    /** Provider that the caller logged in at. */
    readonly provider?: string;
    readonly metadata: Readonly<Record<string, string>>;
    readonly claims: Readonly<Record<string, unknown>>;
  };
}

/** Puts a question into the form that policies of the compatible system know. */
export function opaInput({ method, provider, identity }: Caller, request: AccessRequest): OpaInput {
  const { action, change, environment, base, namespace, branch } = request;
  return {
    request: {
      scope: namespace === undefined ? "environment" : "namespace",
      ...(environment === undefined ? {} : { environment }),
      ...(namespace === undefined ? {} : { namespace }),
      action: change ?? VERBS[action],
      operation: action,
      ...(base === undefined ? {} : { base }),
      ...(branch === undefined ? {} : { branch }),
    },
    authentication: {
      id: identity.subject,
      method: Object.hasOwn(METHODS, method) ? (METHODS[method] as number) : 0,
      method_name: method,
      ...(provider === undefined ? {} : { provider }),
      metadata: identity.metadata,
      claims: identity.claims,
    },
  };
}
