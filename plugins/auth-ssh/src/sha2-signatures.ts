import ssh2, {
  type IdentityCallback,
  type OpenSSHAgent,
  type ParsedKey,
  type SignCallback,
  type SigningRequestOptions,
} from "ssh2";

const isSha2 = (hash: string | undefined): boolean => hash === "sha256" || hash === "sha512";

/**
 * A key that signs with SHA-2 only. ssh2 falls back to `ssh-rsa`, that is SHA-1, for servers that do not announce
 * other algorithms (RFC 8308 §3.1, RFC 8332); such a signature is an error instead.
 * @param refused told when that happens
 */
export function withSha2Only(key: ParsedKey, refused: () => void): ParsedKey {
  if (key.type !== "ssh-rsa") return key;
  const wrapped: ParsedKey = Object.create(key);
  wrapped.sign = (data, algorithm) => {
    if (isSha2(algorithm)) return key.sign(data, algorithm);
    refused();
    return new Error("SHA-1 signature refused") as unknown as Buffer; // ssh2 takes an Error here; its types don't say so
  };
  return wrapped;
}

/** The agent at a socket, signing with SHA-2 only. */
export class Sha2Agent extends ssh2.BaseAgent<ParsedKey> {
  readonly #agent: OpenSSHAgent;
  readonly #refused: () => void;

  constructor(socketPath: string, refused: () => void) {
    super();
    this.#agent = new ssh2.OpenSSHAgent(socketPath);
    this.#refused = refused;
  }

  override getIdentities(callback: IdentityCallback<ParsedKey>): void {
    this.#agent.getIdentities(callback);
  }

  override sign(
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    const settings = typeof options === "function" ? {} : options;
    const done = typeof options === "function" ? options : callback;
    if (key.type === "ssh-rsa" && !isSha2(settings.hash)) {
      this.#refused();
      done?.(new Error("SHA-1 signature refused"));
      return;
    }
    this.#agent.sign(key, data, settings, done);
  }
}
