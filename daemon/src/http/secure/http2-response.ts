import { constants, Http2ServerResponse } from "node:http2";

/** An answer by HTTP/2 that takes what answers by HTTP/1.1 are told. */
export class PlainHttp2Response extends Http2ServerResponse {
  static {
    Object.defineProperty(PlainHttp2Response.prototype, "destroyed", {
      get(this: PlainHttp2Response): boolean {
        return this.stream.destroyed;
      },
    });
  }

  /** Connections are many requests' here: that one is the last of its connection means nothing, and is no header. */
  override setHeader(name: string, value: number | string | readonly string[]): void {
    if (name.toLowerCase() !== "connection") super.setHeader(name, value);
  }

  /** Ends the stream with an error, so that half an answer does not look whole to its client. */
  override destroy(error?: Error): this {
    if (!this.stream.destroyed) this.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    super.destroy(error);
    return this;
  }
}
