import { type Channel, VexilError } from "@vexil/plugin-api";
import type { ClientChannel } from "ssh2";

/** Bytes of standard output that wait for a reader before the other side is held back. */
const READ_AHEAD_BYTES = 1024 * 1024;

/** Bytes of standard error that are kept: enough for any message of a server or a hook. */
const ERROR_TEXT_BYTES = 64 * 1024;

export interface ChannelHooks {
  /** Why the connection under the channel died, if it did: that must not look like an orderly end. */
  failure(): VexilError | undefined;
  /** The other side has confirmed the end, or the connection is gone. Called once. */
  closed(): void;
  /** The channel was closed from here; `closed` should follow. */
  closing(): void;
}

/** An ssh2 channel as the host sees a git service. */
export function toChannel(stream: ClientChannel, hooks: ChannelHooks): Channel {
  const stopped = new AbortController();
  const stop = (error: VexilError | undefined): void => stopped.abort(error ?? closedError());
  const exit = new Promise<number | undefined>((resolve) => {
    stream.on("exit", (code: number | null) => resolve(code ?? undefined));
    stopped.signal.addEventListener("abort", () => resolve(undefined));
  });
  stream.on("error", () => {}); // a failed write shows in the write itself
  stream.once("close", () => {
    stop(hooks.failure());
    hooks.closed();
  });
  return {
    stdin: toWritable(stream, stopped.signal),
    stdout: toReadable(stream, stopped.signal, hooks),
    stderr: toErrorText(stream, stopped.signal),
    exit,
    close: () => {
      if (stopped.signal.aborted) return;
      stop(undefined);
      stream.close();
      hooks.closing();
    },
  };
}

function toWritable(stream: ClientChannel, stopped: AbortSignal): WritableStream<Uint8Array> {
  return new WritableStream<Uint8Array>({
    start(controller) {
      stopped.addEventListener("abort", () => controller.error(stopped.reason));
    },
    write: (chunk) =>
      new Promise<void>((resolve, reject) => {
        // ssh2 never calls back for a write to a channel that the other side has closed
        const abort = (): void => reject(stopped.reason);
        stopped.addEventListener("abort", abort, { once: true });
        stream.write(chunk, (error) => {
          stopped.removeEventListener("abort", abort);
          if (error) reject(error);
          else resolve();
        });
      }),
    close: () => {
      stream.end();
    },
    abort: () => {
      stream.close();
    },
  });
}

function toReadable(stream: ClientChannel, stopped: AbortSignal, hooks: ChannelHooks): ReadableStream<Uint8Array> {
  let open = true;
  const drop = (): void => {
    // what still arrives is dropped; left unread it would hold back the end of the channel
    open = false;
    stream.resume();
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        stream.on("data", (chunk: Buffer) => {
          if (!open) return;
          controller.enqueue(chunk);
          if ((controller.desiredSize ?? 0) <= 0) stream.pause();
        });
        stream.once("end", () => {
          if (!open) return;
          open = false;
          const failure = hooks.failure();
          if (failure === undefined) controller.close();
          else controller.error(failure);
        });
        stopped.addEventListener("abort", () => {
          if (open) controller.error(stopped.reason);
          drop();
        });
      },
      pull: () => {
        stream.resume();
      },
      cancel: drop,
    },
    { highWaterMark: READ_AHEAD_BYTES, size: (chunk) => chunk.byteLength },
  );
}

/** Read whether or not the host does: left unread it would hold back standard output, which shares its window. */
function toErrorText(stream: ClientChannel, stopped: AbortSignal): ReadableStream<Uint8Array> {
  let room = ERROR_TEXT_BYTES;
  let open = true;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const close = (): void => {
        if (open) controller.close();
        open = false;
      };
      stream.stderr.on("data", (chunk: Buffer) => {
        if (open && room > 0) controller.enqueue(chunk.subarray(0, room));
        room -= chunk.length;
      });
      stream.stderr.once("end", close);
      stopped.addEventListener("abort", close);
    },
    cancel: () => {
      open = false;
    },
  });
}

function closedError(): VexilError {
  return new VexilError("VEXIL_INTERNAL_CANCELLED", "the channel is closed");
}
