/** A page, or a redirect to a place that the browser was told not to follow. */
export interface Page {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  readonly host: string;
}

const REDIRECTS = 15;

/** A browser as far as logins need one: it follows redirects and keeps cookies by host and path. */
export class Browser {
  readonly #cookies = new Map<string, Cookie>();

  /** Opens a page; redirects are followed as long as `follows` agrees to their target. */
  async open(
    address: string,
    { follows = () => true, ...init }: RequestInit & { readonly follows?: (url: URL) => boolean } = {},
  ): Promise<Page> {
    let url = new URL(address);
    for (let count = 0; count < REDIRECTS; count += 1) {
      const headers = new Headers(init.headers);
      const cookies = this.cookiesFor(url);
      if (cookies !== "") headers.set("cookie", cookies);
      const response = await fetch(url, { ...init, headers, redirect: "manual", signal: AbortSignal.timeout(60_000) });
      for (const line of response.headers.getSetCookie()) this.#keep(url, line);
      const text = await response.text();
      const target = response.headers.get("location");
      const next = target === null || response.status < 300 || response.status > 399 ? undefined : new URL(target, url);
      if (next === undefined || !follows(next)) {
        return { url: next?.href ?? url.href, status: response.status, headers: response.headers, text };
      }
      url = next;
    }
    throw new Error(`more than ${REDIRECTS} redirects from ${address}`);
  }

  /** Value of the header that a request to this address carries. */
  cookiesFor(url: URL): string {
    const isSent = ({ host, path }: Cookie): boolean =>
      host === url.hostname &&
      (url.pathname === path || url.pathname.startsWith(path.endsWith("/") ? path : `${path}/`));
    const sent = [...this.#cookies.values()].filter(isSent);
    return sent.map(({ name, value }) => `${name}=${value}`).join("; ");
  }

  /** A cookie's value, wherever it is sent. */
  cookie(name: string): string | undefined {
    return [...this.#cookies.values()].find((cookie) => cookie.name === name)?.value;
  }

  /** Puts a cookie into the jar, as an attacker's page on a sibling domain would. */
  plant(host: string, name: string, value: string, path = "/"): void {
    this.#cookies.set(`${host} ${path} ${name}`, { name, value, path, host });
  }

  #keep(url: URL, line: string): void {
    const [pair = "", ...attributes] = line.split(/;\s*/);
    const at = pair.indexOf("=");
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
    const of = (wanted: string): string | undefined =>
      attributes.find((one) => one.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1);
    const path = of("path") ?? "/";
    const age = of("max-age");
    const expires = of("expires");
    const isGone = age === undefined ? expires !== undefined && Date.parse(expires) <= Date.now() : Number(age) <= 0;
    const key = `${url.hostname} ${path} ${name}`;
    if (isGone) this.#cookies.delete(key);
    else this.#cookies.set(key, { name, value, path, host: url.hostname });
  }
}
