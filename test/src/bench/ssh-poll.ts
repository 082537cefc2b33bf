import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import ssh from "@vexil/auth-ssh";
import { type Scope, temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { fetchFrom, never, openTestRemote } from "../helpers/git-servers/remote-client.js";
import { makeSshKey } from "../helpers/git-servers/ssh-keys.js";
import { startSshd } from "../helpers/git-servers/sshd.js";
import { createAuthenticator } from "../helpers/plugins/authenticator.js";
import { mapBackend } from "../helpers/plugins/map-backend.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { flagRepository } from "./git-remotes.js";
import { type BenchRow, compare } from "./row.js";

const MAIN = "refs/heads/main";
const ROUNDS = 9;

/** Polls over ssh, on the kept connection, beside native git, which makes one each time. */
export async function benchSshPoll(scope: Scope): Promise<readonly BenchRow[]> {
  const repository = await flagRepository(scope, 100, 50);
  const key = await makeSshKey(scope);
  const server = await startSshd(scope, { authorized: [key.publicLine] });
  const directory = await temporaryDirectory(scope);
  const knownHosts = join(directory, "known_hosts");
  await writeFile(knownHosts, `[127.0.0.1]:${server.directPort()} ${server.hostKeys[0]?.publicLine}\n`);
  const url = `ssh://${server.user}@127.0.0.1:${server.directPort()}${repository.path}`;
  const options = ["IdentitiesOnly=yes", `UserKnownHostsFile=${knownHosts}`, "StrictHostKeyChecking=yes"];
  const command = ["ssh", "-F", "none", "-i", key.path, ...options.flatMap((option) => ["-o", option])].join(" ");
  const git = (...args: string[]): Promise<string> => nativeGit(args, { env: { GIT_SSH_COMMAND: command } });

  const settings = { user: server.user, private_key_path: key.path, known_hosts_path: knownHosts };
  const authenticator = await createAuthenticator(ssh, settings);
  scope.teardown(() => authenticator.close());
  const remote = openTestRemote(scope, url, { authenticator });
  const head = async (): Promise<string> => (await remote.listRefs([MAIN], never)).refs.get(MAIN) ?? "none";
  let known = await head();
  const backend = mapBackend();
  await backend.objects.write((await fetchFrom(remote, { wants: [known] })).objects);
  const clone = join(directory, "clone.git");
  await git("clone", "-q", "--bare", "--depth=1", url, clone);

  let serial = 0;
  /** Part of both figures: some milliseconds. */
  const commit = (): Promise<string> =>
    repository.commit({ "n7/features.yaml": `namespace: n7\nflags: []\n# ${serial++}\n` });
  const against = "over ssh";
  return [
    await compare(
      { measure: "quiet poll over ssh", goal: "≤ 1×", against: `git ls-remote ${against}` },
      ROUNDS,
      async () => {
        if ((await head()) !== known) throw new Error("the head moved");
      },
      async () => {
        if (!(await git("ls-remote", url, MAIN)).startsWith(known)) throw new Error("the head moved");
      },
    ),
    await compare(
      { measure: "poll over ssh that fetches one commit", goal: "≤ 1×", against: `git fetch --depth=1 ${against}` },
      ROUNDS,
      async () => {
        const made = await commit();
        const seen = await head();
        const answer = await fetchFrom(remote, {
          wants: [seen],
          haves: [known],
          shallow: [known],
          readBase: (oids) => backend.objects.read(oids),
        });
        await backend.objects.write(answer.objects);
        known = seen;
        if (seen !== made) throw new Error("not the newest commit");
      },
      async () => {
        const made = await commit();
        await git("-C", clone, "fetch", "-q", "--depth=1", url, "+main:main");
        if ((await nativeGit(["-C", clone, "rev-parse", "main"])) !== made) throw new Error("not the newest commit");
      },
    ),
  ];
}
