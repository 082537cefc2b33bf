import { type Authenticator, defineAuth, secret, z } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";

export default defineAuth({
  name: "__name__",
  // The keys beside `type` under `credentials.<id>`. What a user mistypes is refused with its full path.
  schema: z.strictObject({ token: secret(), header: z.string().min(1).default("Authorization") }),
  async create(settings, context): Promise<Authenticator> {
    let closed = false;
    context.logger.log("debug", "__name__.opened", "a credential was opened", { credential: context.credential.id });
    return {
      type: "http",
      // Whether asking again could bring another token: one that comes from a file can change.
      refreshable: settings.token.refreshable,
      async headers(_origin, options, signal) {
        signal.throwIfAborted();
        if (closed) throw new VexilError("VEXIL_UNAVAILABLE_STORAGE", "the credential is closed");
        // The last answer was refused: read the token again from where it came.
        if (options.refresh) await settings.token.refresh();
        return { [settings.header]: `Bearer ${settings.token.reveal()}` };
      },
      async close() {
        closed = true;
      },
    };
  },
});
