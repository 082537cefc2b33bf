import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { median } from "./row.js";

export interface LoadResult {
  readonly requestsPerSecond: number;
  /** Cost of a request, whatever else the machine is busy with; NaN without the server's process id. */
  readonly requestsPerCpuSecond: number;
  /** Processor time that the server took for them; NaN without its process id. */
  readonly cpuSeconds: number;
  readonly p99Ms: number;
  readonly requests: number;
}

/**
 * Sends requests in turns, over and over, on kept connections, each as soon as the answer before is there. Raw sockets:
 * a client library would cost more than the server under test.
 */
export async function load(
  url: string,
  requests: readonly [Buffer, ...Buffer[]],
  options: { readonly connections: number; readonly durationMs: number; readonly pid?: number },
): Promise<LoadResult> {
  const cpuBefore = cpuSeconds(options.pid);
  const { hostname, port } = new URL(url);
  const latencies: number[] = [];
  const end = performance.now() + options.durationMs;
  const started = performance.now();
  let turn = 0;
  const next = (): Buffer => requests[turn++ % requests.length] as Buffer;
  await Promise.all(
    Array.from({ length: options.connections }, () => repeat(connect(Number(port), hostname), next, end, latencies)),
  );
  const seconds = (performance.now() - started) / 1000;
  const cpu = cpuSeconds(options.pid) - cpuBefore;
  latencies.sort((a, b) => a - b);
  return {
    requestsPerSecond: latencies.length / seconds,
    requestsPerCpuSecond: latencies.length / cpu,
    cpuSeconds: cpu,
    p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN,
    requests: latencies.length,
  };
}

/** Processor time of a process so far; NaN where the system does not tell. */
export function cpuSeconds(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return Number.NaN;
  }
}

function repeat(socket: Socket, next: () => Buffer, end: number, latencies: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.setNoDelay(true);
    let sent = 0;
    let received = 0;
    let expected: number | undefined;
    const send = (): void => {
      sent = performance.now();
      socket.write(next());
    };
    socket.on("connect", send);
    socket.on("data", (chunk: Buffer) => {
      received += chunk.length;
      expected ??= answerLength(chunk);
      if (expected === undefined || received < expected) return;
      latencies.push(performance.now() - sent);
      received = 0;
      expected = undefined;
      if (performance.now() < end) send();
      else {
        socket.destroy();
        resolve();
      }
    });
    socket.on("error", reject);
  });
}

/** Bytes of the whole answer whose head begins in this chunk (heads are small, and come in one piece). */
function answerLength(chunk: Buffer): number | undefined {
  const headEnd = chunk.indexOf("\r\n\r\n");
  if (headEnd === -1) return undefined;
  const head = chunk.subarray(0, headEnd).toString("latin1");
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  return headEnd + 4 + Number(length ?? 0);
}

/** The bytes of a request. */
export function rawRequest(
  method: string,
  path: string,
  options: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> } = {},
): Buffer {
  const body = options.body === undefined ? "" : JSON.stringify(options.body);
  const headers: Record<string, string> = { Host: "127.0.0.1", ...options.headers };
  if (body !== "") {
    headers["Content-Type"] = "application/json";
    headers["Content-Length"] = String(Buffer.byteLength(body));
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`);
}

/** Several runs of the same load against two servers in turns, so that a machine's moods hit both. */
export async function compareLoads(
  rounds: number,
  ours: () => Promise<LoadResult>,
  theirs: () => Promise<LoadResult>,
): Promise<{ readonly ours: LoadResult; readonly theirs: LoadResult; readonly ratio: number }> {
  const results: { readonly ours: LoadResult[]; readonly theirs: LoadResult[] } = { ours: [], theirs: [] };
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const reference = await theirs();
    const figure = await ours();
    results.theirs.push(reference);
    results.ours.push(figure);
    ratios.push(figure.requestsPerSecond / reference.requestsPerSecond);
  }
  return { ours: medians(results.ours), theirs: medians(results.theirs), ratio: median(ratios) };
}

/** Medians; of processor time, which is counted in steps of 10 ms, what all of them took together. */
function medians(results: readonly LoadResult[]): LoadResult {
  const requests = results.reduce((sum, { requests }) => sum + requests, 0);
  const cpu = results.reduce((sum, result) => sum + result.cpuSeconds, 0);
  return {
    requestsPerSecond: median(results.map(({ requestsPerSecond }) => requestsPerSecond)),
    requestsPerCpuSecond: requests / cpu,
    cpuSeconds: cpu,
    p99Ms: median(results.map(({ p99Ms }) => p99Ms)),
    requests,
  };
}
