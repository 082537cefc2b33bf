import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { systemClock } from "@vexil/engine/model/clock";
import { within } from "@vexil/engine/model/deadlines";
import type { Engine } from "@vexil/engine/model/engine";
import { logEvent } from "@vexil/engine/observe/catalogue";
import type { UploadSource } from "@vexil/git/serve/upload-source";
import { untilAborted } from "@vexil/git/until-aborted";
import type { Logger } from "@vexil/plugin-api";
import { toVexilError } from "@vexil/plugin-api/errors";
import { idFields } from "../../request-ids.js";
import type { Answer, RouteRequest } from "../route.js";

/** A client that takes nothing for so long is given up. */
const STALL_MS = 60_000;
/** Of a whole answer: a client that reads a little now and then ends, too. */
const ANSWER_MS = 20 * 60_000;

/** An answer about one storage, piece by piece. */
export interface PieceAnswer {
  readonly storage: string;
  readonly request: RouteRequest;
  readonly contentType: string;
  readonly pieces: (source: UploadSource, signal: AbortSignal) => AsyncIterable<Uint8Array>;
}

/** Answers to git clients, sent at their pace while the storage stays open. */
export class GitAnswers {
  readonly #engine: Pick<Engine, "upload">;
  readonly #logger: Logger;

  constructor(engine: Pick<Engine, "upload">, logger: Logger) {
    this.#engine = engine;
    this.#logger = logger;
  }

  /**
   * Resolves as soon as the first piece is there. What goes wrong before rejects.
   * @param ended called when all is sent, or nothing more will be
   */
  begin(answer: PieceAnswer, ended: () => void = () => undefined): Promise<Answer> {
    const { request, storage } = answer;
    return new Promise((resolve, reject) => {
      let isOpen = false;
      const open = (answered: Answer): void => {
        isOpen = true;
        resolve(answered);
      };
      const work = (source: UploadSource, either: AbortSignal): Promise<void> =>
        this.#send(answer, source, either, open);
      const upload = (late: AbortSignal): Promise<void> => this.#engine.upload(storage, late, work);
      within(systemClock, ANSWER_MS, upload, { also: request.signal })
        .catch((error: unknown) => (isOpen ? this.#failed(answer, error) : reject(error)))
        .finally(ended);
    });
  }

  async #send(
    { contentType, pieces }: PieceAnswer,
    source: UploadSource,
    signal: AbortSignal,
    open: (answer: Answer) => void,
  ): Promise<void> {
    const rest = pieces(source, signal)[Symbol.asyncIterator]();
    const first = await rest.next();
    const sent = new Promise<void>((done, failed) => {
      signal.throwIfAborted();
      const headers = { "Content-Type": contentType, "Cache-Control": "no-cache, max-age=0, must-revalidate" };
      open({
        status: 200,
        open: (response) => {
          response.writeHead(200, headers);
          sendAll(response, first, rest, signal).then(done, failed);
        },
      });
    });
    // A client that goes at once opens nothing: its turn ends all the same.
    await untilAborted(sent, signal).finally(() => void rest.return?.().catch(() => undefined));
  }

  /** Its client knows: the answer was cut, or ended by the reason. */
  #failed({ request, storage }: PieceAnswer, thrown: unknown): void {
    if (request.signal.aborted) return;
    const { code, message } = toVexilError(thrown);
    logEvent(this.#logger, "git.upload-failed", { storage, code, reason: message, ...idFields(request.ids) });
  }
}

async function sendAll(
  response: ServerResponse,
  first: IteratorResult<Uint8Array>,
  rest: AsyncIterator<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  try {
    for (let piece = first; piece.done !== true; piece = await rest.next()) {
      signal.throwIfAborted();
      if (response.write(piece.value)) continue;
      const drained = (late: AbortSignal): Promise<unknown> => once(response, "drain", { signal: late });
      await within(systemClock, STALL_MS, drained, { also: signal });
    }
    response.end();
  } catch (error) {
    await rest.return?.();
    // What a storage failed by has been told in the answer, where its form allows it.
    if (signal.aborted || response.writableNeedDrain) response.destroy();
    else response.end();
    throw error;
  }
}
