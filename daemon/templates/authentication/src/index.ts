import { createHash, timingSafeEqual } from "node:crypto";
import { type AuthenticationMethod, defineAuthentication, secret, z } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

export default defineAuthentication({
  name: "__name__",
  // The keys beside `enabled` under `authentication.methods.__name__`. What a user mistypes is refused with its full path.
  schema: z.strictObject({ key: secret(), subject: z.string().min(1).default("__name__") }),
  async create(settings, context): Promise<AuthenticationMethod> {
    let closed = false;
    context.logger.log("debug", "__name__.opened", "a way to authenticate was opened", { method: context.method });
    return {
      schemes: ["Bearer"],
      // Undefined: the credential is not valid, or another method's. Throw only if that cannot be found out.
      async verify({ value }, signal) {
        signal.throwIfAborted();
        if (closed) throw new VexilError("VEXIL_UNAVAILABLE_PROVIDER", "the method is closed");
        // Compared in a time that says nothing about the key.
        if (!timingSafeEqual(digest(value), digest(settings.key.reveal()))) return undefined;
        const { subject } = settings;
        return { subject, metadata: { "__name__.subject": subject }, claims: { sub: subject } };
      },
      async close() {
        closed = true;
      },
    };
  },
});
