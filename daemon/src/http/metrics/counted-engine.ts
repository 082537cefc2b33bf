import type { Engine } from "@vexil/engine/model/engine";
import { type CallCounts, countedCall } from "./counted-call.js";

/** Writes that have not been answered yet. */
export interface WriteQueue {
  readonly length: number;
}

/** Counts the writes that requests ask the engine for. */
export function countedEngine(
  engine: Engine,
  counts: CallCounts,
): { readonly engine: Engine; readonly queue: WriteQueue } {
  const queue = { length: 0 };
  const update = async <T>(environment: string, run: () => Promise<T>): Promise<T> => {
    queue.length += 1;
    try {
      return await countedCall(counts, "update", environment, run);
    } finally {
      queue.length -= 1;
    }
  };
  return {
    queue,
    engine: {
      write: (request) => update(request.environment, () => engine.write(request)),
      createBranch: (request) => update(request.base, () => engine.createBranch(request)),
      deleteBranch: (request) => update(request.base, () => engine.deleteBranch(request)),
      get past() {
        return engine.past;
      },
      preview: (request, signal) => engine.preview(request, signal),
      history: (query) => engine.history(query),
      sources: (query) => engine.sources(query),
      upload: (storage, signal, work) => engine.upload(storage, signal, work),
      sync: (storage) => engine.sync(storage),
    },
  };
}
