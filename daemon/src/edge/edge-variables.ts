/** Options of `vexil edge`, as they are given. */
export interface EdgeOptions {
  readonly upstream: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly passwordFile?: string;
  readonly writes?: string;
  readonly counts: boolean;
  readonly path?: string;
  readonly storage?: readonly string[];
  readonly environment?: readonly string[];
  readonly host?: string;
  readonly port?: string;
}

/** The credential that the options make. */
const CREDENTIAL = "UPSTREAM";

/**
 * The options as variables of the configuration, which count before its file.
 * @throws Error in words, where options contradict each other
 */
export function edgeVariables(options: EdgeOptions): Readonly<Record<string, string>> {
  const { upstream, tokenFile, username, passwordFile, writes, counts, path, host, port } = options;
  if ((username === undefined) !== (passwordFile === undefined)) {
    throw new Error("--username and --password-file belong together");
  }
  if (tokenFile !== undefined && username !== undefined) {
    throw new Error("give --token-file, or --username with --password-file, and not both");
  }
  const credential = {
    ...(tokenFile !== undefined && { TYPE: "access_token", ACCESS_TOKEN_FILE: tokenFile }),
    ...(username !== undefined && { TYPE: "basic", BASIC_USERNAME: username, BASIC_PASSWORD_FILE: passwordFile }),
  };
  const given: Readonly<Record<string, string | undefined>> = {
    EDGE_UPSTREAM: upstream,
    EDGE_WRITES: writes,
    EDGE_COUNTS: counts ? undefined : "false",
    EDGE_PATH: path,
    EDGE_STORAGES: listed("--storage", options.storage),
    EDGE_ENVIRONMENTS: listed("--environment", options.environment),
    EDGE_CREDENTIALS: "TYPE" in credential ? CREDENTIAL.toLowerCase() : undefined,
    SERVER_HOST: host,
    SERVER_HTTP_PORT: port,
    ...Object.fromEntries(
      Object.entries(credential).map(([key, value]) => [`CREDENTIALS_${CREDENTIAL}_${key}`, value]),
    ),
  };
  const set = Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(set.map(([key, value]) => [`VEXIL_${key}`, value]));
}

/** Variables hold lists with blanks between. */
function listed(option: string, names: readonly string[] | undefined): string | undefined {
  const odd = names?.find((name) => /\s/.test(name));
  if (odd !== undefined) throw new Error(`${option} "${odd}": a name with blanks is given in the configuration file`);
  return names?.join(" ");
}
