import { defineAuth } from "@vexil/plugin-api";
import { createSigner } from "./create-signer.js";
import { IdentitySource } from "./identity-source.js";
import { KnownHostsSource } from "./known-hosts-source.js";
import { type SshSettings, sshSettings } from "./settings.js";
import { SshAuthenticator } from "./ssh-authenticator.js";

export default defineAuth<SshSettings>({
  name: "ssh",
  schema: sshSettings,
  async create(settings, context) {
    const { id } = context.credential;
    const { logger } = context;
    const identities = new IdentitySource(id, settings, process.env.SSH_AUTH_SOCK, logger);
    await identities.current(true); // a key that cannot be used stops the start, not the first poll
    const knownHosts = settings.insecure_ignore_host_key ? undefined : new KnownHostsSource(id, settings, process.env);
    await knownHosts?.lines();
    return new SshAuthenticator({ id, identities, knownHosts, logger }, settings.user);
  },
  createSigner,
});
