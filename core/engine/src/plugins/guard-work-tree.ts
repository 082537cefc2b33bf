import type { WorkTree, WorkTreeApplied } from "@vexil/plugin-api";
import type { GuardScope } from "./guard-scope.js";
import { describe } from "./plugin-error.js";
import { isMap } from "./verify-objects.js";

const APPLIED = new Set(["applied", "moved", "edited"]);

export function guardWorkTree(workTree: WorkTree, guard: GuardScope): WorkTree {
  return {
    scan: async (wanted, signal) => {
      const scan = await guard.call("workTree.scan", (own) => workTree.scan(wanted, own), signal);
      if (typeof scan?.head !== "object" || !isMap(scan.edits)) {
        throw guard.wrong("workTree.scan", `answered ${describe(scan)} without head and edits`);
      }
      return scan;
    },
    apply: async (update, signal) => {
      const applied: WorkTreeApplied = await guard.call("workTree.apply", (own) => workTree.apply(update, own), signal);
      if (!APPLIED.has(applied?.type)) throw guard.wrong("workTree.apply", `answered ${describe(applied)}`);
      return applied;
    },
  };
}
