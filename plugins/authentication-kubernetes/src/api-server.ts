import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { signalWithin } from "@vexil/plugin-api";
import { unavailable } from "./faults.js";
import type { KubernetesSettings } from "./settings.js";

/** One request, and its answer. */
const REQUEST_MS = 5_000;
const ANSWER_BYTES = 2 ** 20;

/** The API server: trusted by the authority in a file alone, asked with the token in another. */
export class ApiServer {
  readonly #settings: KubernetesSettings;
  readonly #ended: AbortSignal;

  constructor(settings: KubernetesSettings, ended: AbortSignal) {
    this.#settings = settings;
    this.#ended = ended;
  }

  /**
   * Reads a JSON document. Both files are read again each time, since both are rotated.
   * @throws VexilError VEXIL_UNAVAILABLE_PROVIDER
   */
  async read(url: string): Promise<unknown> {
    if (!URL.canParse(url) || new URL(url).protocol !== "https:")
      throw unavailable("names an address that is not https");
    const [ca, token] = await Promise.all([
      readSetting("ca_path", this.#settings.ca_path),
      readSetting("service_account_token_path", this.#settings.service_account_token_path),
    ]);
    const text = await this.#get(new URL(url), ca, token.trim());
    try {
      return JSON.parse(text);
    } catch {
      throw unavailable(`${new URL(url).pathname} answered no JSON`);
    }
  }

  #get(url: URL, ca: string, token: string): Promise<string> {
    const signal = signalWithin(REQUEST_MS, this.#ended);
    return new Promise((resolve, reject) => {
      const fail = (reason: string): void => reject(unavailable(`the API server ${reason}`));
      const headers = { authorization: `Bearer ${token}`, accept: "application/json", "user-agent": "vexil" };
      const sent = request(url, { ca, headers, signal, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on("data", (chunk: Buffer) => {
          chunks.push(chunk);
          bytes += chunk.length;
          if (bytes > ANSWER_BYTES) sent.destroy(new RangeError("answered too much"));
        });
        response.on("error", (error) => fail(reasonOf(error)));
        response.on("end", () => {
          if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString("utf8"));
          else fail(`answered ${url.pathname} with status ${response.statusCode}`);
        });
      });
      sent.on("error", (error) => fail(reasonOf(error)));
      sent.end();
    });
  }
}

function reasonOf(error: Error): string {
  if (error instanceof RangeError) return "answered too much";
  if (error.name === "TimeoutError" || error.name === "AbortError") return "did not answer in time";
  const { code } = error as NodeJS.ErrnoException;
  return `cannot be reached (${code ?? error.name})`;
}

async function readSetting(key: string, file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw unavailable(`cannot read ${key} ${file}: ${(error as NodeJS.ErrnoException).code ?? "unknown error"}`);
  }
}
