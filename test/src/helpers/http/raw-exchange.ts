import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** One answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  /** Names in lower case; of one that came twice the values joined. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const DEADLINE_MS = 90_000;

/** A connection on which a test writes bytes and reads answers, one after the other, without an HTTP client between. */
export class RawConnection {
  readonly #socket: Socket;
  #received = "";
  #ended = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      this.#received += text;
    });
    for (const event of ["close", "error"] as const) {
      socket.on(event, () => {
        this.#ended = true;
      });
    }
  }

  static async open(t: { teardown(step: () => void): void }, url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    t.teardown(() => socket.destroy());
    await once(socket, "connect");
    return new RawConnection(socket);
  }

  /** @param text characters up to U+00FF, each sent as one byte */
  write(text: string): this {
    this.#socket.write(Buffer.from(text, "latin1"));
    return this;
  }

  get isEnded(): boolean {
    return this.#ended;
  }

  /** Reads nothing any more. */
  pause(): this {
    this.#socket.pause();
    return this;
  }

  resume(): this {
    this.#socket.resume();
    return this;
  }

  /** Reads the next answer: with a length, in chunks, or up to the connection's end. */
  async answer(options: { readonly head?: boolean } = {}): Promise<RawAnswer> {
    const headEnd = await this.#until(() => this.#received.indexOf("\r\n\r\n"));
    const [first = "", ...lines] = this.#received.slice(0, headEnd).split("\r\n");
    const headers: Record<string, string> = {};
    for (const line of lines) {
      const name = line.slice(0, line.indexOf(":")).toLowerCase();
      const value = line.slice(name.length + 1).trim();
      headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
    }
    this.#received = this.#received.slice(headEnd + 4);
    const status = Number(first.split(" ")[1]);
    const isBodyless = options.head === true || status < 200 || status === 304;
    return { status, headers, body: isBodyless ? "" : await this.#body(headers) };
  }

  /** Resolves when the server has closed the connection. */
  async ended(): Promise<void> {
    await this.#until(() => (this.#ended ? 0 : -1));
  }

  async #body(headers: Readonly<Record<string, string>>): Promise<string> {
    let end: number;
    if (headers["content-length"] !== undefined) {
      const length = Number(headers["content-length"]);
      end = await this.#until(() => (this.#received.length >= length ? length : -1));
    } else if (headers["transfer-encoding"] === "chunked") {
      end = await this.#until(() => {
        const last = /(?:^|\r\n)0\r\n\r\n/.exec(this.#received);
        return last === null ? -1 : last.index + last[0].length;
      });
    } else end = await this.#until(() => (this.#ended ? this.#received.length : -1));
    const body = this.#received.slice(0, end);
    this.#received = this.#received.slice(end);
    return body;
  }

  async #until(find: () => number): Promise<number> {
    const deadline = performance.now() + DEADLINE_MS;
    for (;;) {
      const found = find();
      if (found !== -1) return found;
      if (this.#ended) throw new Error(`the connection ended; unread: ${this.#received.slice(0, 300)}`);
      if (performance.now() > deadline) throw new Error(`no answer; unread: ${this.#received.slice(0, 300)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/** The bytes of a request with a body (or none) and header lines. */
export function rawRequest(line: string, headers: readonly string[] = [], body?: string): string {
  const length = body === undefined ? [] : [`Content-Length: ${body.length}`];
  return [`${line} HTTP/1.1`, "Host: localhost", ...length, ...headers, "", body ?? ""].join("\r\n");
}
