import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { rootCertificates } from "node:tls";
import { createClient, createCluster, ErrorReply } from "@redis/client";
import type { RedisConfig } from "@vexil/config/config";
import { VexilError } from "@vexil/plugin-api/errors";

type RedisOptions = NonNullable<Parameters<typeof createClient>[0]>;
type RedisClient = ReturnType<typeof createClient>;

/** Commands that are sent, in either mode. */
export type RedisConnection = Pick<
  RedisClient,
  "get" | "set" | "eval" | "xAdd" | "xLen" | "xRange" | "xRead" | "xTrim" | "pExpire" | "destroy"
>;

/** Answers that are taken for what is wrong with the user. */
const REFUSALS = ["WRONGPASS", "NOAUTH", "NOPERM"];
const MOST_CHARACTERS = 200;

/** Rejects with a VexilError. Whoever has it makes the next one when it fails: it does not come back by itself. */
export async function redisConnection(config: RedisConfig, signal: AbortSignal): Promise<RedisConnection> {
  const { host, port, database, isCluster } = config;
  const options: RedisOptions = {
    RESP: 2,
    maintNotifications: "disabled",
    disableOfflineQueue: true,
    // Of no consequence where the user may not say it, unlike a name.
    clientInfoTag: "vexil",
    ...(config.username !== undefined && { username: config.username }),
    ...(config.password !== undefined && { password: config.password.reveal() }),
  };
  const socket: RedisOptions["socket"] = {
    host,
    port,
    // The deadline of `answeredBy` comes before it.
    connectTimeout: 2 * config.timeoutMs,
    reconnectStrategy: false,
    ...(await tlsOptions(config)),
  };
  const client = isCluster
    ? (createCluster({ rootNodes: [{ socket }], defaults: { ...options, socket } }) as unknown as RedisClient)
    : createClient({ ...options, socket, database });
  // The commands that are under way reject with it.
  client.on("error", () => undefined);
  const giveUp = (): void => client.destroy();
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    await answeredBy(config, client.connect());
    if (signal.aborted) throw new Error("too late");
    return client;
  } catch (thrown) {
    client.destroy();
    throw signal.aborted ? faultOf(config, new Error("it could not be connected with in time")) : thrown;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

/**
 * The answer to a command, or why there is none.
 * @param ms time for it
 * @throws VexilError VEXIL_UNAVAILABLE_PROVIDER, without a secret
 */
export async function answeredBy<T>(config: RedisConfig, answer: Promise<T>, ms = config.timeoutMs): Promise<T> {
  let late: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    const reason = new Error(`there was no answer within ${ms} ms`);
    // What came while this process was busy is read first.
    late = setTimeout(() => setImmediate(reject, reason), ms);
  });
  try {
    return await Promise.race([answer, silence]);
  } catch (thrown) {
    throw faultOf(config, thrown);
  } finally {
    clearTimeout(late);
  }
}

/** The system's authorities count as well, as they do in the compatible system. */
async function tlsOptions({ tls, host }: RedisConfig): Promise<RedisOptions["socket"]> {
  if (tls === undefined) return {};
  const { caPath, isUnchecked } = tls;
  try {
    const ca = caPath === undefined ? tls.ca : await readFile(caPath, "utf8");
    return {
      tls: true,
      minVersion: "TLSv1.2",
      rejectUnauthorized: !isUnchecked,
      ...(isIP(host) === 0 && { servername: host }),
      ...(ca !== undefined && { ca: [...rootCertificates, ca] }),
    };
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? "unknown error";
    throw new VexilError("VEXIL_UNAVAILABLE_PROVIDER", `ca_cert_path ${caPath} cannot be read: ${reason}`);
  }
}

function faultOf(config: RedisConfig, thrown: unknown): VexilError {
  const reason = thrown instanceof ErrorReply ? answerText(config, thrown.message) : failureText(thrown as Error);
  return new VexilError("VEXIL_UNAVAILABLE_PROVIDER", `Redis at ${config.host}:${config.port}: ${reason}`);
}

/** Some servers repeat in their answer what they were sent. */
function answerText({ username, password }: RedisConfig, message: string): string {
  const code = /^[A-Z]+/.exec(message)?.[0] ?? "";
  if (REFUSALS.includes(code)) {
    return `it refuses the user or the password (${code}); see authentication.session.storage.redis`;
  }
  const secrets = [password?.reveal(), username].filter((secret) => secret !== undefined);
  const blanked = secrets.reduce((text, secret) => text.replaceAll(secret, "***"), message);
  return `it answered: ${blanked.slice(0, MOST_CHARACTERS)}`;
}

/** A host of several addresses fails once for each. */
function failureText(error: Error): string {
  const errors = error instanceof AggregateError ? (error.errors as readonly Error[]) : [error];
  return [...new Set(errors.map(({ message }) => message))].join("; ");
}
