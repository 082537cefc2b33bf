import { isApiPath, requestTarget } from "../../../../daemon/dist/http/request-target.js";

/**
 * Loaded before every test file: whatever a test, or a client library in it, fetches from the daemon has to be an
 * answer that the daemon's own OpenAPI description knows. One that is not ends the file with an uncaught exception, so
 * that no test can swallow it.
 */
const plainFetch = globalThis.fetch;

globalThis.fetch = async (input, init) => {
  const response = await plainFetch(input, init);
  const url = new URL(input instanceof Request ? input.url : input);
  const path = requestTarget(url.pathname)?.path;
  if (path === undefined || !isApiPath(path) || !["127.0.0.1", "localhost"].includes(url.hostname)) return response;
  const method = (init?.method ?? (input instanceof Request ? input.method : "GET")).toUpperCase();
  const isEndless = response.status === 200 && /\/(stream|events)$/.test(path);
  // What breaks while it is read breaks for the test too.
  const body = isEndless
    ? ""
    : await response
        .clone()
        .text()
        .catch(() => undefined);
  if (body === undefined) return response;
  const { checkAnswer } = await import("../http/described-answers.js");
  try {
    checkAnswer({
      method,
      target: url.pathname + url.search,
      status: response.status,
      header: (name) => response.headers.get(name) ?? undefined,
      body,
    });
  } catch (error) {
    setImmediate(() => {
      throw error;
    });
  }
  return response;
};
