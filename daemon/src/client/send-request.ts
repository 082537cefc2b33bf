import { request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import type { ClientTls } from "./client-tls.js";

export interface SentRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly tls: ClientTls;
  readonly signal: AbortSignal;
}

/** A whole answer. Redirects are not followed: neither credential nor body goes elsewhere. */
export interface PlainAnswer {
  readonly status: number;
  readonly location: string | undefined;
  /** Of its error, where it says so. */
  readonly errorCode: string | undefined;
  readonly text: string;
}

/** Sends a request. Rejects with the fault of the connection, or the signal's reason. */
export function sendRequest(url: string, { method, headers, body, tls, signal }: SentRequest): Promise<PlainAnswer> {
  return new Promise((resolve, reject) => {
    const send = new URL(url).protocol === "https:" ? tlsRequest : plainRequest;
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const request = send(url, { method, headers: { ...headers, ...length }, signal, ...tls }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => {
        const { location, "vexil-error": code } = response.headers;
        resolve({
          status: response.statusCode ?? 0,
          location,
          errorCode: typeof code === "string" ? code : undefined,
          text,
        });
      });
      response.on("error", (error) => reject(signal.aborted ? signal.reason : error));
    });
    request.on("error", (error) => reject(signal.aborted ? signal.reason : error));
    request.end(body);
  });
}
