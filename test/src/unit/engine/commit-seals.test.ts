import { CommitSeals } from "@vexil/engine/storage/write/commit-seals";
import { passingKeys, type SealKeys } from "@vexil/engine/storage/write/seal-keys";
import { SharedMark } from "@vexil/engine/storage/write/shared-mark";
import type { Sealer } from "@vexil/git/objects/commit-seal";
import { gitObject } from "@vexil/git/objects/object-id";
import { openRepository } from "@vexil/git/repository";
import type { Backend } from "@vexil/plugin-api";
import test from "ava";
import { mapBackend } from "../../helpers/plugins/map-backend.js";

const signal = new AbortController().signal;
const author = { name: "Ada", email: "ada@example.com" };

function daemon(keys: SealKeys | undefined, backend: Backend = mapBackend(), storage = "main") {
  const repository = openRepository(backend);
  const seals = new CommitSeals(storage, repository, keys ?? new SharedMark(repository).keys);
  const commit = async (path: string, parent: string | undefined, seal: Sealer | undefined): Promise<string> => {
    const before = parent === undefined ? undefined : await repository.readCommit(parent);
    const made = await repository.makeCommit({
      parents: parent === undefined ? [] : [parent],
      baseTree: before?.tree,
      changes: new Map([[path, new TextEncoder().encode(path)]]),
      author,
      message: `add ${path}\n\nVexil-Actor: token:ci`,
      timestampMs: 0,
      instance: "one",
      ...(seal === undefined ? {} : { seal }),
      sign: async () => "-----BEGIN SIGNATURE-----\nxyz\n-----END SIGNATURE-----",
    });
    await backend.objects.write(made.objects);
    return made.oid;
  };
  /** Stores a commit object as it was, but for what `change` changes. */
  const altered = async (oid: string, change: (text: string) => string): Promise<string> => {
    const bytes = (await backend.objects.read([oid])).get(oid)?.bytes ?? new Uint8Array();
    const made = gitObject("commit", Buffer.from(change(Buffer.from(bytes).toString())));
    await backend.objects.write([made]);
    return made.oid;
  };
  return { backend, repository, seals, commit, altered };
}

test("a seal is genuine on its own commit alone, whatever of that is changed", async (t) => {
  const { seals, commit, altered } = daemon(passingKeys());
  const first = await commit("a", undefined, undefined);
  const sealed = await commit("b", first, await seals.sealer(signal));
  t.true(await seals.isGenuine(sealed));
  t.false(await seals.isGenuine(first), "it has none");
  for (const change of [
    (text: string) => text.replace("token:ci", "token:root"),
    (text: string) => text.replace(/^parent .*/m, `parent ${"1".repeat(40)}`),
    (text: string) => text.replace(/^tree .*/m, `tree ${"1".repeat(40)}`),
    (text: string) => text.replace("author Ada", "author Bob"),
    (text: string) => text.replace(/^parent/m, `parent ${"1".repeat(40)}\nparent`),
    (text: string) => text.replace("vexil-instance", "encoding ISO-8859-1\nvexil-instance"),
    (text: string) => text.replace(/^(vexil-seal .*)/m, "$1\n$1"),
    (text: string) => text.replace(/^vexil-seal .*/m, "vexil-seal "),
    (text: string) => text.replace(/^vexil-seal .*\n/m, ""),
    (text: string) => text.replace(/^(vexil-seal .{20}).*/m, "$1"),
    (text: string) => `${text}\nVexil-Actor: token:root\n`,
  ]) {
    const forged = await altered(sealed, change);
    t.not(forged, sealed, String(change));
    t.false(await seals.isGenuine(forged), String(change));
  }
  const unsigned = await altered(sealed, (text) => text.replace(/^gpgsig(.*\n )*.*\n/m, ""));
  t.true(unsigned !== sealed && (await seals.isGenuine(unsigned)), "signatures are made over it");
});

test("neither another key nor another storage takes a seal for its own", async (t) => {
  const backend = mapBackend();
  const keys = passingKeys();
  const { seals, commit } = daemon(keys, backend);
  const sealed = await commit("a", undefined, await seals.sealer(signal));
  t.true(await daemon(keys, backend).seals.isGenuine(sealed), "the same after a restart");
  t.false(await daemon(passingKeys(), backend).seals.isGenuine(sealed));
  t.false(await daemon(keys, backend, "other").seals.isGenuine(sealed));
});

test("daemons of a shared backend take each other's seals, by the key that lies in it", async (t) => {
  const backend = mapBackend();
  const [one, other] = [daemon(undefined, backend), daemon(undefined, backend)];
  const sealed = await one.commit("a", undefined, await one.seals.sealer(signal));
  t.true(await other.seals.isGenuine(sealed));
  t.false(await daemon(undefined).seals.isGenuine(sealed));
});

test("a commit that is moved keeps its proof if it had one, and gets none if that was forged", async (t) => {
  const { repository, backend, seals, commit, altered } = daemon(passingKeys());
  const base = await commit("a", undefined, undefined);
  const theirs = await commit("b", base, undefined);
  const sealed = await commit("c", base, await seals.sealer(signal));
  const forged = await altered(sealed, (text) => text.replace("token:ci", "token:root"));
  const moved = async (oid: string): Promise<string> => {
    const made = await repository.moveCommit(oid, theirs, "two", await seals.resealer());
    if (made === undefined) throw new Error("not moved");
    await backend.objects.write(made.objects);
    return made.oid;
  };
  t.true(await seals.isGenuine(await moved(sealed)));
  t.false(await seals.isGenuine(await moved(forged)));
  const bytes = (await backend.objects.read([await moved(forged)])).values().next().value?.bytes;
  t.false(
    Buffer.from(bytes ?? "")
      .toString()
      .includes("vexil-seal"),
  );
});
