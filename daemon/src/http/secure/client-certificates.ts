import { X509Certificate } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { TLSSocket } from "node:tls";
import type { PresentedCredential } from "@vexil/plugin-api";
import { certificateCredential, presentCertificate } from "../../access/certificate-credential.js";
import type { RefusalLog } from "../../access/refusal-log.js";

interface Peer {
  readonly certificate: X509Certificate;
  readonly credential: PresentedCredential;
  /** Milliseconds since 1970. */
  readonly validFrom: number;
  readonly validTo: number;
}

/** Connections whose certificates have ended, and by which nothing comes, are cut within this time. */
const SWEEP_MS = 1000;

/**
 * The certificates of the clients that are connected (`server.client_ca_file`). A connection lasts no longer than its
 * certificate: the engine looks at the dates in a full handshake only.
 */
export class ClientCertificates {
  readonly #isRequired: boolean;
  readonly #refusals: RefusalLog;
  readonly #peers = new Map<TLSSocket, Peer>();
  #timer: NodeJS.Timeout | undefined;

  constructor(isRequired: boolean, refusals: RefusalLog) {
    this.#isRequired = isRequired;
    this.#refusals = refusals;
  }

  /**
   * To be called when a handshake is done, before anything is read. A certificate that is not valid ends the connection
   * even where none is needed. That the engine calls a connection authorized is not enough: it says so of a resumed one
   * without any certificate, too.
   * @returns false if the connection is refused
   */
  admit(socket: TLSSocket): boolean {
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined && !this.#isRequired) return true;
    if (certificate === undefined || !socket.authorized) {
      this.refused(socket, String(socket.authorizationError ?? NO_CERTIFICATE));
      socket.destroy();
      return false;
    }
    const peer = {
      certificate,
      credential: certificateCredential(certificate.raw.toString("base64")),
      validFrom: Date.parse(certificate.validFrom),
      validTo: Date.parse(certificate.validTo),
    };
    if (!isValidNow(peer)) return this.#end(socket);
    this.#add(socket, peer);
    return true;
  }

  /**
   * The request came by this connection.
   * @returns false if its certificate is not valid any more: the connection is over
   */
  present(headers: IncomingHttpHeaders, socket: TLSSocket): boolean {
    const peer = this.#peers.get(socket);
    if (peer === undefined) return true;
    if (!isValidNow(peer)) return this.#end(socket);
    presentCertificate(headers, peer.credential);
    return true;
  }

  /**
   * Cuts the connections of clients whose certificates none of the authorities has issued itself. Those with others
   * between connect anew, and their chain is looked at then.
   */
  trustOnly(authorities: Buffer): void {
    const trusted = certificatesOf(authorities);
    for (const [socket, { certificate }] of this.#peers) {
      if (!trusted.some((authority) => isIssuedBy(certificate, authority))) socket.destroy();
    }
  }

  /** A handshake failed: tells of those that failed for their certificates. */
  failed(error: NodeJS.ErrnoException, socket: TLSSocket): void {
    if (error.code === "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE") this.refused(socket, NO_CERTIFICATE);
    else if (socket.authorizationError) this.refused(socket, String(socket.authorizationError));
  }

  #add(socket: TLSSocket, peer: Peer): void {
    this.#peers.set(socket, peer);
    this.#timer ??= setInterval(() => this.#sweep(), SWEEP_MS).unref();
    socket.once("close", () => {
      this.#peers.delete(socket);
      if (this.#peers.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    });
  }

  #sweep(): void {
    for (const [socket, peer] of this.#peers) if (!isValidNow(peer)) this.#end(socket);
  }

  #end(socket: TLSSocket): false {
    this.refused(socket, ENDED);
    socket.destroy();
    return false;
  }

  refused({ remoteAddress }: TLSSocket, reason: string): void {
    const [method, code] = ["certificate", "VEXIL_REFUSED_UNAUTHENTICATED"];
    this.#refusals.tell({ method, code, reason: `client certificate: ${reason}`, client: remoteAddress });
  }
}

const NO_CERTIFICATE = "none was shown";
const ENDED = "CERT_HAS_EXPIRED, or is not valid yet";

function isValidNow({ validFrom, validTo }: Peer): boolean {
  const now = Date.now();
  return now < validTo && now >= validFrom;
}

const PEM = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

/** Certificates of a PEM file. @throws if one cannot be read */
export function certificatesOf(pem: Buffer): readonly X509Certificate[] {
  return [...pem.toString("latin1").matchAll(PEM)].map(([text]) => new X509Certificate(text));
}

function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}
