import { findCommit } from "@vexil/engine/storage/fetch/find-commit";
import { openRepository } from "@vexil/git/repository";
import test from "ava";
import { never } from "../../helpers/git-servers/remote-client.js";
import { mapBackend } from "../../helpers/plugins/map-backend.js";

test("a commit is found by the first digits of its id, unless several begin with them", async (t) => {
  const repository = openRepository(mapBackend());
  const commits: string[] = [];
  const prefixes = new Map<string, string>();
  let twins: readonly [string, string] | undefined;
  // Ids that share four digits come up within a few hundred commits.
  for (let count = 0; twins === undefined; count += 1) {
    const { oid, objects } = await repository.makeCommit({
      parents: commits.slice(-1),
      baseTree: undefined,
      changes: new Map(),
      author: { name: "Vexil", email: "vexil@example.com" },
      message: `${count}`,
      timestampMs: 1_700_000_000_000,
      instance: "one",
    });
    await repository.backend.objects.write(objects);
    const twin = prefixes.get(oid.slice(0, 4));
    if (twin !== undefined) twins = [twin, oid];
    prefixes.set(oid.slice(0, 4), oid);
    commits.push(oid);
  }
  const [one, other] = twins;
  const find = (prefix: string) => findCommit(repository, undefined, commits.at(-1) ?? "", prefix, never);
  const digits = [...one].findIndex((digit, index) => digit !== other[index]) + 1;
  t.is(await find(one.slice(0, digits)), one);
  t.is(await find(other.slice(0, 20)), other);
  t.is(await find(other), other);
  t.is(await find("0".repeat(12)), undefined);
  await t.throwsAsync(find(one.slice(0, 4)), {
    code: "VEXIL_VALIDATION_REQUEST",
    message: new RegExp(`^revision "${one.slice(0, 4)}" is ambiguous \\(${other}, ${one}\\); give more digits$`),
  });
});
