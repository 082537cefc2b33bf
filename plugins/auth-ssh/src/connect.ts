import { connect as openSocket } from "node:net";
import { VexilError } from "@vexil/plugin-api";
import ssh2, {
  type AnyAuthMethod,
  type AuthHandlerMiddleware,
  type ConnectConfig,
  type ServerHostKeyAlgorithm,
} from "ssh2";
import type { Identity } from "./identity-source.js";
import { Sha2Agent, withSha2Only } from "./sha2-signatures.js";
import { SshConnection } from "./ssh-connection.js";
import { type ConnectStage, type ErrorSubject, sshError } from "./ssh-errors.js";
import { hostLabel } from "./ssh-url.js";

/** Until the TCP connection stands, and from then until the server has let us in. */
const CONNECT_MS = 10_000;
const HANDSHAKE_MS = 20_000;

/** A peer that answers none of three probes is gone. */
const KEEPALIVE_MS = 15_000;
const KEEPALIVE_COUNT = 3;

export interface ConnectOptions {
  readonly credential: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly identity: Identity;
  readonly hostKeyAlgorithms: readonly string[];
  /** Why the server's key is refused; undefined: it is accepted. */
  readonly judge: (key: Buffer) => VexilError | undefined;
}

/** Connects and authenticates. Rejects with a VexilError that says at which step it failed; nothing stays open then. */
export function connect(options: ConnectOptions, signal: AbortSignal): Promise<SshConnection> {
  const { host, port, user, identity } = options;
  const subject: ErrorSubject = {
    credential: options.credential,
    user,
    label: hostLabel(host, port),
    identity: identity.label,
  };
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    let stage: ConnectStage = "connect";
    let hostKey: Buffer | undefined;
    let refusal: VexilError | undefined;
    let sha1Refused = false;
    let agentFailure: Error | undefined;
    const client = new ssh2.Client();
    const socket = openSocket({ host, port, noDelay: true });
    let settled = false;
    const settle = (): void => {
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    };
    const fail = (error: unknown): void => {
      if (settled) return;
      settle();
      socket.destroy();
      reject(refusal ?? sshError(error, stage, subject));
    };
    const timer = setTimeout(() => fail(Object.assign(new Error(), { level: "client-timeout" })), CONNECT_MS);
    const abort = (): void => fail(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    socket.once("connect", () => clearTimeout(timer));
    client.on("handshake", () => {
      stage = "auth";
    });
    client.on("error", (error: Error & { readonly level?: string }) => {
      // another of the agent's keys may do; if none does, that is what fails
      if (error.level === "agent") agentFailure = error;
      else fail(error);
    });
    client.on("close", () => fail(new Error(`closed before it was ready (${stage})`)));
    client.once("ready", () => {
      if (hostKey === undefined) return fail(new Error("it showed no host key"));
      settle();
      resolve(new SshConnection(client, socket, hostKey, identity, subject));
    });
    const config: ConnectConfig = {
      sock: socket,
      host,
      port,
      username: user,
      readyTimeout: CONNECT_MS + HANDSHAKE_MS,
      keepaliveInterval: KEEPALIVE_MS,
      keepaliveCountMax: KEEPALIVE_COUNT,
      algorithms: { serverHostKey: options.hostKeyAlgorithms as ServerHostKeyAlgorithm[] },
      hostVerifier: (key: Buffer): boolean => {
        stage = "host-key";
        hostKey = Buffer.from(key);
        refusal = options.judge(hostKey);
        return refusal === undefined;
      },
      authHandler: oneMethod(
        authMethod(user, identity, () => {
          sha1Refused = true;
        }),
        () => {
          if (sha1Refused) refusal = sha1Error(subject);
          else if (agentFailure !== undefined) refusal = agentError(subject, agentFailure);
        },
      ),
    };
    try {
      client.connect(config);
    } catch (error) {
      fail(error);
    }
  });
}

/** ssh2 asks for the next method until it is told that there is none. */
function oneMethod(method: AnyAuthMethod, exhausted: () => void): AuthHandlerMiddleware {
  let asked = false;
  return (_left, _partial, next) => {
    if (!asked) {
      asked = true;
      next(method);
      return;
    }
    exhausted();
    next(false as unknown as AnyAuthMethod); // documented by ssh2 as "no more", missing from its types
  };
}

function authMethod(username: string, identity: Identity, sha1Refused: () => void): AnyAuthMethod {
  return identity.type === "key"
    ? { type: "publickey", username, key: withSha2Only(identity.key, sha1Refused) }
    : { type: "agent", username, agent: new Sha2Agent(identity.socketPath, sha1Refused) };
}

function sha1Error(subject: ErrorSubject): VexilError {
  return new VexilError(
    "VEXIL_AUTH_REJECTED",
    `${subject.label} takes rsa keys with SHA-1 signatures only, which are not made; use an ed25519 or ecdsa key`,
    { details: { step: "auth", credential: subject.credential } },
  );
}

function agentError(subject: ErrorSubject, cause: Error): VexilError {
  return new VexilError(
    "VEXIL_AUTH_KEY",
    `the ssh agent at SSH_AUTH_SOCK, which credential ${subject.credential} relies on, failed: ${cause.message}; start it, or give a key`,
    { details: { step: "auth", credential: subject.credential }, cause },
  );
}
