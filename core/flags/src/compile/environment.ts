import type { TestsMode } from "../cases/tests-mode.js";

/** An environment as the APIs show it. Branch environments have a `base`. */
export interface EnvironmentInfo {
  /** The environment key used in every API. */
  readonly key: string;
  readonly storage: string;
  readonly default: boolean;
  /** Branch name without `refs/heads/`. */
  readonly branch: string;
  readonly directory: string;
  /** Without user information; undefined without a remote. */
  readonly remote: string | undefined;
  /** Key of the environment it branches from. */
  readonly base: string | undefined;
  /** Consequence of tests beside its flags that fail; undefined: they are not run. Branches have that of their base. */
  readonly tests?: TestsMode;
}
