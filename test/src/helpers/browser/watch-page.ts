import type { ConsoleMessage, Page, Request } from "playwright-core";

/** Rules that pages have to keep. */
export interface PageRules {
  /** Origin of the pages that are tested. */
  readonly own: string;
  /** Origins that the browser may go to besides. What happens on their pages is their business. */
  readonly others?: readonly string[];
  /** Errors in the console that the test brings about. */
  readonly expected?: readonly RegExp[];
}

/** @returns a list that grows with each error of the console, each exception, and each request to somebody else */
export function watchPage(page: Page, { own, others = [], expected = [] }: PageRules): readonly string[] {
  const faults: string[] = [];
  const tell = (fault: string): void => {
    if (!expected.some((known) => known.test(fault))) faults.push(fault);
  };
  page.on("pageerror", ({ message }) => tell(`exception: ${message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && isOwn(message, own)) tell(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    const origin = originOf(request.url());
    if (origin === own || others.includes(origin)) return;
    if (!others.includes(pageOf(request))) tell(`request: ${request.url()}`);
  });
  return faults;
}

/** Words of a script without an address count as the own page's. */
function isOwn(message: ConsoleMessage, own: string): boolean {
  const { url } = message.location();
  return url === "" || originOf(url) === own;
}

/** Origin of the page that sends a request; a page that is only opened has none yet. */
function pageOf(request: Request): string {
  return request.isNavigationRequest() ? "" : originOf(request.frame().url());
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : "";
}
