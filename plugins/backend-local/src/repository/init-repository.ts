import { join } from "node:path";
import { writeFileAtomically } from "../disk/atomic-file.js";
import type { Permissions } from "../disk/permissions.js";

/**
 * Makes the files of an empty repository. HEAD comes last: with it the directory becomes a repository, and a start that
 * was cut before is made again.
 */
export async function initRepository(
  gitDirectory: string,
  options: { readonly bare: boolean; readonly branch: string; readonly permissions: Permissions },
): Promise<void> {
  const { bare, branch, permissions } = options;
  for (const directory of ["objects/info", "objects/pack", "refs/heads", "refs/tags", "info"]) {
    permissions.makeDirectory(join(gitDirectory, directory));
  }
  const config = [
    "[core]",
    "\trepositoryformatversion = 0",
    "\tfilemode = true",
    `\tbare = ${bare}`,
    ...(bare ? [] : ["\tlogallrefupdates = true"]),
    "",
  ];
  await writeFileAtomically(join(gitDirectory, "config"), Buffer.from(config.join("\n")), { permissions });
  await writeFileAtomically(join(gitDirectory, "HEAD"), Buffer.from(`ref: refs/heads/${branch}\n`), { permissions });
}
