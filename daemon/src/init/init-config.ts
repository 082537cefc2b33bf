import { RefusedError } from "../client/client-errors.js";

/** Places that a daemon keeps what it serves in. */
export const INIT_BACKENDS = ["local", "memory", "postgres", "redis"] as const;
export type InitBackend = (typeof INIT_BACKENDS)[number];

/** The flags that the configuration serves. */
export interface InitSource {
  /** Undefined: the folder itself is served. */
  readonly remote: string | undefined;
  readonly branch: string;
  /** Undefined: as is usual, `local` without a remote and else `memory`. */
  readonly backend: InitBackend | undefined;
}

const HEAD = `# yaml-language-server: $schema=.schemas/config.schema.json
# "vexil serve" in this folder serves it; "vexil doctor" says what would keep it from that.
`;

/** The daemon's copy of a remote, below the folder. */
const STORE = ".vexil/store";

const LINES: Readonly<Record<InitBackend, readonly string[]>> = {
  local: [`backend: { type: local, path: ${STORE} }`],
  memory: [],
  postgres: [`backend: { type: postgres, url: "\${env:DATABASE_URL}" }`],
  redis: [`backend: { type: redis, url: "\${env:REDIS_URL}" }`],
};

/**
 * The smallest configuration that serves the source.
 * @throws RefusedError where it would hold a password, or keep the only copy of flags in memory
 */
export function initConfig({ remote, branch, backend }: InitSource): string {
  const own = remote === undefined ? served(backend) : [`remote: ${JSON.stringify(checked(remote))}`];
  const lines = [
    ...own,
    ...(branch === "main" ? [] : [`branch: ${JSON.stringify(branch)}`]),
    ...(remote === undefined ? [] : LINES[backend ?? "memory"]),
  ];
  const storage = lines.map((line) => `    ${line}\n`).join("");
  return `${HEAD}storage:\n  default:\n${storage}server: { host: 127.0.0.1 }\n`;
}

function served(backend: InitBackend | undefined): readonly string[] {
  if (backend === undefined || backend === "local") return ["backend: { type: local, path: . }"];
  throw new RefusedError(
    `--backend ${backend} holds a copy of what a remote has: name that with --remote, or leave --backend out`,
  );
}

const NO_URL = { protocol: "", username: "", password: "" };

function checked(remote: string): string {
  const { protocol, username, password } = URL.canParse(remote) ? new URL(remote) : NO_URL;
  // By HTTP a token may stand in the user's place.
  if (password !== "" || (username !== "" && /^https?:$/.test(protocol))) {
    throw new RefusedError(
      "--remote has a user or password, which everybody who sees the repository would know: leave it out, and see the manual's page Remotes and credentials",
    );
  }
  if (remote.trim() !== "") return remote;
  throw new RefusedError("--remote names nothing: write it as https://git.example.com/acme/flags.git");
}
