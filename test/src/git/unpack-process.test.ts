import { gitObject } from "@vexil/git/objects/object-id";
import { PackReceiver } from "@vexil/git/objects/pack-receiver";
import { writePack } from "@vexil/git/objects/pack-writer";
import type { UnpackOptions } from "@vexil/git/objects/unpack-options";
import test from "ava";
import { childrenOf } from "../soak/hostile/memory-watch.js";

const readBase: UnpackOptions["readBase"] = async () => new Map();

test("a pack whose process is ended is no fault of the remote, and one that is not waited for leaves no process", async (t) => {
  // More than is stored in one go, so that it is stored while the process is there.
  const pack = await writePack([1, 2, 3].map((byte) => gitObject("blob", Buffer.alloc(20e6, byte))));
  const received = async (): Promise<PackReceiver> => {
    const receiver = new PackReceiver(100e6);
    await receiver.take(pack);
    return receiver;
  };
  const ended = await received();
  const finished = ended.finish(readBase, async () => {
    for (const pid of childrenOf(process.pid)) process.kill(pid, "SIGKILL");
    await new Promise(() => {});
  });
  await t.throwsAsync(finished, {
    code: "VEXIL_CONNECTION_RESET",
    message: /takes a process: it was ended \(SIGKILL\)/,
  });
  await ended.close();
  const left = await received();
  let isStoring: () => void = () => {};
  const storing = new Promise<void>((resolve) => {
    isStoring = resolve;
  });
  const never = left.finish(readBase, () => {
    isStoring();
    return new Promise(() => {});
  });
  await storing;
  await left.close();
  await t.throwsAsync(never, { code: "VEXIL_INTERNAL_CANCELLED" });
  t.deepEqual(childrenOf(process.pid), []);
});
