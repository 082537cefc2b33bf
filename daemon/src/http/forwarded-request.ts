import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { certificateCredential, presentCertificate, presentedCertificate } from "../access/certificate-credential.js";
import { CLIENT_HEADER } from "./forwarded-client.js";

/** Headers between a worker and the primary; a client's own of these names are replaced. */
const KEY_HEADER = "x-vexil-worker";
const CERTIFICATE_HEADER = "x-vexil-certificate";

/**
 * Headers by which a worker tells of a request that it forwards.
 * @param key by which the primary knows its workers
 */
export function forwardingHeaders({ headers }: IncomingMessage, client: string, key: string): OutgoingHttpHeaders {
  return {
    [CLIENT_HEADER]: client,
    [KEY_HEADER]: key,
    [CERTIFICATE_HEADER]: presentedCertificate(headers)?.value ?? "",
  };
}

/**
 * Takes in these headers. Other processes of the machine reach the primary's socket, too.
 * @returns false if it does not come from a worker
 */
export function takeForwarded({ headers }: IncomingMessage, key: string): boolean {
  const [given, certificate] = [headers[KEY_HEADER], headers[CERTIFICATE_HEADER]];
  if (typeof given !== "string" || !isSame(given, key)) return false;
  delete headers[KEY_HEADER];
  delete headers[CERTIFICATE_HEADER];
  if (typeof certificate === "string" && certificate !== "") {
    presentCertificate(headers, certificateCredential(certificate));
  }
  return true;
}

function isSame(given: string, key: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(key)];
  return left.length === right.length && timingSafeEqual(left, right);
}
