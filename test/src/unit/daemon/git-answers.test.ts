import type { Engine } from "@vexil/engine/model/engine";
import type { UploadSource } from "@vexil/git/serve/upload-source";
import test from "ava";
import { GitAnswers, type PieceAnswer } from "../../../../daemon/dist/http/git/git-answers.js";
import { silentLogger } from "../../helpers/http/http-server.js";

const engine: Pick<Engine, "upload"> = {
  upload: (_id, signal, work) => work({} as UploadSource, signal),
};

test("a client that goes before it opens its answer leaves nothing of it behind, such as a turn", async (t) => {
  const gone = new AbortController();
  const turns: string[] = [];
  const pieces: PieceAnswer["pieces"] = async function* () {
    try {
      yield Buffer.from("pack");
    } finally {
      turns.push("ended");
    }
  };
  const request = { signal: gone.signal, ids: {} } as unknown as PieceAnswer["request"];
  const ended = new Promise<void>((resolve) => {
    const answer = { storage: "main", request, contentType: "text/plain", pieces };
    void new GitAnswers(engine, silentLogger).begin(answer, resolve).then(() => gone.abort(new Error("gone")));
  });
  await ended;
  await new Promise(setImmediate);
  t.deepEqual(turns, ["ended"]);
});
