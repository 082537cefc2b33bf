import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Scope } from "../files/temporary-directory.js";
import type { HostilePack } from "./hostile-packs.js";

/**
 * Attacks of the remote on whoever reads it. Whatever is not named is answered as a good server would.
 * - pack: the branch's commit comes in this pack;
 * - endless-greeting, endless-refs, endless-capabilities, endless-boundary, endless-progress: valid packets for ever, of
 *   branches that are wanted, capabilities, `shallow` lines, side band 2;
 * - huge-packet: a packet that announces 64 kB and of which the rest never comes.
 */
export type Hostility =
  | { readonly type: "pack"; readonly pack: HostilePack; readonly filter?: boolean }
  | { readonly type: "endless-greeting"; readonly protocol: 0 | 2 }
  | {
      readonly type: "endless-refs" | "endless-boundary" | "endless-progress" | "huge-packet";
      readonly pack: HostilePack;
    };

/** A git server over HTTP (version 2, reading only) that is out to harm. */
export interface HostileGitServer {
  readonly url: string;
  /** Answers that were begun, by what was asked for. */
  readonly requests: ("greeting" | "refs" | "fetch")[];
  /** Bytes that were sent. */
  readonly sent: () => number;
  turn(hostility: Hostility): void;
}

const FLUSH = Buffer.from("0000");
const DELIMITER = Buffer.from("0001");

export async function startHostileGitServer(scope: Scope, first: Hostility): Promise<HostileGitServer> {
  let hostility = first;
  let sent = 0;
  const requests: ("greeting" | "refs" | "fetch")[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    response.on("error", () => {});
    void bodyOf(request).then(async (body) => {
      const kind = request.method === "GET" ? "greeting" : body.includes("command=ls-refs") ? "refs" : "fetch";
      requests.push(kind);
      response.writeHead(200, { "content-type": "application/x-git-upload-pack-result" });
      for (const chunk of answer(hostility, kind)) {
        if (response.destroyed) return;
        sent += chunk.byteLength;
        if (!response.write(chunk)) await drained(response);
        // An endless answer must leave others their turn.
        else await new Promise((resolve) => setImmediate(resolve));
      }
      if (hostility.type !== "huge-packet" || kind !== "fetch") response.end();
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  scope.teardown(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  );
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/flags.git`,
    requests,
    sent: () => sent,
    turn: (next) => {
      hostility = next;
    },
  };
}

function* answer(hostility: Hostility, kind: "greeting" | "refs" | "fetch"): Generator<Uint8Array> {
  const { type } = hostility;
  if (kind === "greeting") {
    yield line("# service=git-upload-pack");
    yield FLUSH;
    if (type === "endless-greeting" && hostility.protocol === 0) {
      yield line(`${"1".repeat(40)} HEAD\0shallow side-band-64k ofs-delta thin-pack`);
      for (let index = 0; ; index += 100)
        yield many(index, (each) => line(`${name(each)} refs/heads/flipt/default/b${each}`));
    }
    yield line("version 2");
    if (type === "endless-greeting")
      for (let index = 0; ; index += 100) yield many(index, (each) => line(`x${each}=${"y".repeat(500)}`));
    const filter = type === "pack" && hostility.filter === true ? " filter" : "";
    for (const text of ["agent=hostile", "ls-refs=unborn", `fetch=shallow${filter}`, "object-format=sha1"])
      yield line(text);
    yield FLUSH;
    return;
  }
  const commit = type === "endless-greeting" ? "1".repeat(40) : hostility.pack.commit;
  if (kind === "refs") {
    yield line(`${commit} refs/heads/main`);
    if (type === "endless-refs") {
      for (let index = 0; ; index += 100)
        yield many(index, (each) => line(`${name(each)} refs/heads/flipt/default/b${each}`));
    }
    yield FLUSH;
    return;
  }
  yield line("shallow-info");
  if (type === "endless-boundary")
    for (let index = 0; ; index += 100) yield many(index, (each) => line(`shallow ${name(each)}`));
  yield line(`shallow ${commit}`);
  yield DELIMITER;
  yield line("packfile");
  if (type === "endless-progress") {
    const progress = band(2, Buffer.alloc(8000, "counting objects "));
    for (;;) yield progress;
  }
  if (type === "huge-packet") {
    yield Buffer.from("fff0\u0001");
    return;
  }
  if (type !== "pack") return;
  for (const chunk of hostility.pack.chunks()) {
    for (let at = 0; at < chunk.byteLength; at += 65_000) yield band(1, chunk.subarray(at, at + 65_000));
  }
  yield FLUSH;
}

function packet(payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from((payload.byteLength + 4).toString(16).padStart(4, "0")), payload]);
}

const line = (text: string): Buffer => packet(Buffer.from(`${text}\n`));
const band = (number: number, content: Uint8Array): Buffer => packet(Buffer.concat([Buffer.of(number), content]));
const name = (index: number): string => index.toString(16).padStart(40, "0");
const many = (from: number, make: (index: number) => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: 100 }, (_, index) => make(from + index)));

function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve) => request.on("end", () => resolve(Buffer.concat(chunks))));
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.on("drain", done).on("close", done);
  });
}
