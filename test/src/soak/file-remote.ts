import { rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Scope, temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { ServerHooks } from "./server-hooks.js";
import type { FaultName, TestedRemote } from "./tested-remote.js";

/** The installed git's own services, started by the daemons. They reach the repository by a link, which may go. */
export async function fileRemote(scope: Scope, repository: string): Promise<TestedRemote> {
  const link = join(await temporaryDirectory(scope), "flags.git");
  await symlink(repository, link);
  const hooks = new ServerHooks(repository);
  let current: FaultName | undefined;
  return {
    storage: { remote: pathToFileURL(link).href },
    config: {},
    fail: async (fault) => {
      current = fault;
      if (!(await hooks.fail(fault))) await rm(link);
    },
    heal: async () => {
      await hooks.heal(current);
      if (current === "no connection") await symlink(repository, link);
      current = undefined;
    },
  };
}
