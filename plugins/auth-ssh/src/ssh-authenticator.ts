import { type Channel, type OpenOptions, type StreamAuthenticator, VexilError } from "@vexil/plugin-api";
import { type HostCredential, SshHost } from "./ssh-host.js";
import { parseSshRemote, serviceCommand } from "./ssh-url.js";

/** Git services over ssh, for any number of remotes; one connection for each user and host. */
export class SshAuthenticator implements StreamAuthenticator {
  readonly type = "stream";
  readonly #credential: HostCredential;
  readonly #user: string | undefined;
  readonly #hosts = new Map<string, SshHost>();
  #closed = false;

  constructor(credential: HostCredential, user: string | undefined) {
    this.#credential = credential;
    this.#user = user;
  }

  async open(
    remote: string,
    service: "git-upload-pack" | "git-receive-pack",
    env: Readonly<Record<string, string>>,
    signal: AbortSignal,
    options: OpenOptions = {},
  ): Promise<Channel> {
    if (this.#closed) throw new VexilError("VEXIL_INTERNAL_CANCELLED", "the credential is closed");
    const { host, port, user, path } = parseSshRemote(remote, this.#user);
    const key = `${user}@${host}:${port}`;
    let entry = this.#hosts.get(key);
    if (entry === undefined) {
      entry = new SshHost(this.#credential, host, port, user);
      this.#hosts.set(key, entry);
    }
    return await entry.open(serviceCommand(service, path), env, signal, options);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#hosts.values()].map((host) => host.close()));
  }
}
