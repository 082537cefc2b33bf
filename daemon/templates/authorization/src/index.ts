import { type Action, type Authorization, defineAuthorization, z } from "@vexil/plugin-api";

const names = z.array(z.string().min(1)).default([]);
const READS: ReadonlySet<Action> = new Set(["read", "evaluate"]);

export default defineAuthorization({
  name: "__name__",
  // The keys under `authorization.settings`. What a user mistypes is refused with its full path.
  schema: z.strictObject({ readers: names, editors: names, environments: names }),
  async create(settings, context): Promise<Authorization> {
    const [readers, editors] = [new Set(settings.readers), new Set(settings.editors)];
    const environments = new Set(settings.environments);
    context.logger.log("debug", "__name__.opened", "an engine of rights was opened", { readers: readers.size });
    return {
      // What nothing allows is refused. Without an environment or a namespace it is asked for all of them.
      decide({ identity: { subject } }, { action, environment, base }) {
        if (readers.has(subject) && READS.has(action)) return true;
        if (!editors.has(subject)) return false;
        // A branch is judged by its own key or by that of what it was made from.
        return environments.has(environment ?? "") || environments.has(base ?? "");
      },
      // Where rights change later, call `context.invalidate()`, or say in `keepMs` for how long an answer holds.
      async close() {},
    };
  },
});
