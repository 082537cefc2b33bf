import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { Backend } from "../../backend.js";
import type { GitObject } from "../../git-object.js";
import { assertStored, BackendSession, type ConformanceRun, writeAll } from "../backend-session.js";
import { type ConformanceCase, conformanceCase, within } from "../conformance-case.js";
import { commitOf, gitObject, tagOf, treeOf, uniqueBlob } from "../git-samples.js";

const MIB = 2 ** 20;
const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, index) => index);

/** Content of every type and size that comes back as it went in. */
function samples(): Readonly<Record<string, () => readonly GitObject[]>> {
  const blob = uniqueBlob();
  const unique = randomBytes(8).toString("hex");
  const commit = commitOf(treeOf({ name: unique, oid: blob.oid }).oid);
  return {
    "an empty blob": () => [gitObject("blob", "")],
    "a blob of one byte": () => [gitObject("blob", "x")],
    "a blob of UTF-8 text": () => [gitObject("blob", `name: Größe 🎏 ${unique}\n`)],
    "a blob of every byte there is": () => [gitObject("blob", EVERY_BYTE)],
    "a blob with carriage returns and no line break at its end": () => [gitObject("blob", `a\r\nb\rc ${unique}`)],
    "a blob that looks like a stored object": () => [gitObject("blob", `blob 5\0hello ${unique}`)],
    "a blob that is no UTF-8": () => [gitObject("blob", Uint8Array.of(0xff, 0xfe, 0x00, 0xc3, 0x28, 0x80))],
    "a blob of 1 MiB that does not compress": () => [uniqueBlob(MIB)],
    "a blob of 1 MiB of zeros": () => [gitObject("blob", new Uint8Array(MIB))],
    "a blob of 17 MiB": () => [gitObject("blob", Buffer.concat([Buffer.alloc(17 * MIB, unique)]))],
    "an empty tree": () => [treeOf()],
    "a tree of files, directories, links and submodules": () => [
      treeOf(
        { name: "a", oid: blob.oid },
        { name: "a.b", oid: blob.oid, mode: "100755" },
        { name: "a0", oid: blob.oid, mode: "40000" },
        { name: "link", oid: blob.oid, mode: "120000" },
        { name: "module", oid: blob.oid, mode: "160000" },
      ),
    ],
    "a tree with names of UTF-8 and spaces": () => [treeOf({ name: `größe 🎏 ${unique}`, oid: blob.oid })],
    "a tree of 5,000 entries": () => [
      treeOf(...Array.from({ length: 5_000 }, (_, index) => ({ name: `file-${index}-${unique}`, oid: blob.oid }))),
    ],
    "a root commit": () => [commit],
    "a merge": () => [commitOf(commit.oid, { parents: [commit.oid, blob.oid] })],
    "a commit with extra headers and a signature": () => [
      commitOf(commit.oid, {
        headers: `gpgsig -----BEGIN SSH SIGNATURE-----\n ${unique}\n -----END SSH SIGNATURE-----\nvexil-instance ${unique}\n`,
      }),
    ],
    "a commit whose message is empty": () => [commitOf(commit.oid, { message: "" })],
    "an annotated tag": () => [tagOf(commit, `v-${unique}`)],
    "one content under two types": () => [gitObject("blob", `same ${unique}`), gitObject("tag", `same ${unique}`)],
  };
}

export function objectCases(run: ConformanceRun): readonly ConformanceCase[] {
  const withBackend = (title: string, body: (backend: Backend) => Promise<void>): ConformanceCase =>
    conformanceCase(title, () => BackendSession.with(run, async (session) => body(await session.open())));
  const roundTrips = Object.entries(samples()).map(([what, make]) =>
    withBackend(`stores and reads ${what}`, async (backend) => {
      const objects = make();
      await writeAll(backend, objects);
      await assertStored(backend, objects);
    }),
  );
  return [
    ...roundTrips,
    withBackend("stores a batch of 2,000 objects and reads it at once", async (backend) => {
      const objects = Array.from({ length: 2_000 }, () => uniqueBlob());
      await writeAll(backend, objects);
      await assertStored(backend, objects);
    }),
    withBackend("stores a batch of every type", async (backend) => {
      const blob = uniqueBlob();
      const tree = treeOf({ name: "f", oid: blob.oid });
      const commit = commitOf(tree.oid);
      const objects = [tagOf(commit, "v1"), commit, tree, blob];
      await writeAll(backend, objects);
      await assertStored(backend, objects);
    }),
    withBackend("stores and reads nothing when asked for nothing", async (backend) => {
      await backend.objects.write([]);
      assert.equal((await backend.objects.read([])).size, 0);
    }),
    withBackend("leaves what is missing out of the answer", async (backend) => {
      const [stored, missing] = [uniqueBlob(), uniqueBlob()];
      await writeAll(backend, [stored]);
      const found = await backend.objects.read([missing.oid, stored.oid]);
      assert.deepEqual([...found.keys()], [stored.oid]);
      assert.equal((await backend.objects.read([missing.oid])).size, 0);
    }),
    withBackend("answers an object once though it is asked for twice", async (backend) => {
      const blob = uniqueBlob();
      await writeAll(backend, [blob]);
      assert.equal((await backend.objects.read([blob.oid, blob.oid])).size, 1);
    }),
    withBackend("stores an object that comes twice in a batch", async (backend) => {
      const [blob, other] = [uniqueBlob(), uniqueBlob()];
      await writeAll(backend, [blob, other, blob]);
      await assertStored(backend, [blob, other]);
    }),
    withBackend("stores an object that exists once more, beside new ones", async (backend) => {
      const [blob, other] = [uniqueBlob(), uniqueBlob()];
      await writeAll(backend, [blob]);
      await writeAll(backend, [blob, other]);
      await assertStored(backend, [blob, other]);
    }),
    withBackend("keeps what it stored when the caller uses its buffer again", async (backend) => {
      const blob = uniqueBlob();
      const lent = new Uint8Array(blob.bytes);
      await writeAll(backend, [{ ...blob, bytes: lent }]);
      lent.fill(0);
      await assertStored(backend, [blob]);
    }),
    withBackend("stores a part of a larger buffer", async (backend) => {
      const blob = uniqueBlob(100);
      const larger = new Uint8Array(300);
      larger.set(blob.bytes, 100);
      await writeAll(backend, [{ ...blob, bytes: larger.subarray(100, 200) }]);
      await assertStored(backend, [blob]);
    }),
    withBackend("stores overlapping batches at the same time", async (backend) => {
      const objects = Array.from({ length: 200 }, () => uniqueBlob());
      const batches = [0, 50, 100].map((from) => objects.slice(from, from + 100));
      await within(10_000, "three writes at once", () => Promise.all(batches.map((b) => backend.objects.write(b))));
      await assertStored(backend, objects);
    }),
    withBackend("answers reads while it writes, with whole objects", async (backend) => {
      const objects = Array.from({ length: 300 }, () => uniqueBlob(2_000));
      const writing = backend.objects.write(objects);
      for (let round = 0; round < 5; round += 1) {
        const found = await backend.objects.read(objects.map((object) => object.oid));
        await assertStored(
          backend,
          objects.filter((object) => found.has(object.oid)),
        );
      }
      await writing;
      await assertStored(backend, objects);
    }),
    withBackend("ends a write that is aborted in the middle, and leaves whole objects or none", async (backend) => {
      const objects = Array.from({ length: 500 }, () => uniqueBlob(4_000));
      const controller = new AbortController();
      const writing = backend.objects.write(objects, controller.signal);
      controller.abort(new Error("aborted by the case"));
      await within(5_000, "an aborted write", () => Promise.allSettled([writing]));
      const found = await backend.objects.read(objects.map((object) => object.oid));
      await assertStored(
        backend,
        objects.filter((object) => found.has(object.oid)),
      );
      await writeAll(backend, objects);
      await assertStored(backend, objects);
    }),
    withBackend("rejects a read that is aborted before it begins, and goes on", async (backend) => {
      const blob = uniqueBlob();
      await writeAll(backend, [blob]);
      await assert.rejects(backend.objects.read([blob.oid], AbortSignal.abort(new Error("aborted by the case"))));
      await assertStored(backend, [blob]);
    }),
    withBackend("rejects a write that is aborted before it begins, and stores nothing of it", async (backend) => {
      const blob = uniqueBlob();
      await assert.rejects(backend.objects.write([blob], AbortSignal.abort(new Error("aborted by the case"))));
      assert.equal((await backend.objects.read([blob.oid])).size, 0);
    }),
  ];
}
