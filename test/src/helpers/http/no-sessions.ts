import type { SessionConfig } from "@vexil/config/config";

/** Sessions of a configuration that says nothing of them. */
export const NO_SESSIONS: SessionConfig = {
  domain: "",
  secure: false,
  tokenLifeMs: 86_400_000,
  stateLifeMs: 600_000,
  key: undefined,
  trustedOrigins: [],
  redis: undefined,
};
