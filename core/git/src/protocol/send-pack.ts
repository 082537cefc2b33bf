import type { RefName } from "@vexil/plugin-api";
import type { PushRequest, PushResult } from "../remote/remote.js";
import { corrupt, printable, remoteSaid, truncated } from "../wire-errors.js";
import { AGENT, type Capabilities } from "./capabilities.js";
import { FLUSH, PacketReader, packet, textOf } from "./pkt-line.js";

const ZERO = "0".repeat(40);
const ANSWER_BYTES = 4 * 1024 * 1024;

/** Writes the commands that `git-receive-pack` gets before the pack: old and new of each ref (gitprotocol-pack(5)). */
export function pushCommands(capabilities: Capabilities, request: PushRequest): Buffer {
  const names = ["report-status", "side-band-64k"].filter((name) => capabilities.names.has(name));
  if (request.updates.length > 1 && capabilities.names.has("atomic")) names.push("atomic");
  if (request.updates.some((update) => update.new === undefined) && capabilities.names.has("delete-refs")) {
    names.push("delete-refs");
  }
  if (capabilities.names.has("object-format")) names.push("object-format=sha1");
  if (capabilities.names.has("agent")) names.push(AGENT);
  const lines = request.updates.map((update, index) => {
    const line = `${update.old ?? ZERO} ${update.new ?? ZERO} ${update.ref}`;
    return packet(index === 0 ? `${line}\0 ${names.join(" ")}` : line);
  });
  return Buffer.concat([...lines, FLUSH]);
}

/** Reads the report: which refs moved, which were refused and why, and what hooks said. */
export async function readReport(
  reader: PacketReader,
  capabilities: Capabilities,
  request: PushRequest,
): Promise<PushResult> {
  if (!capabilities.names.has("report-status")) return allMoved(request);
  const said: string[] = [];
  const lines = capabilities.names.has("side-band-64k")
    ? await linesOfSideBand(reader, said)
    : await linesUntilFlush(reader);
  const refs = new Map<RefName, { readonly ok: true } | { readonly ok: false; readonly reason: string }>();
  const [unpackLine = "", ...statuses] = lines;
  if (!unpackLine.startsWith("unpack ")) throw corrupt(reader.step, "a report without the result of unpacking");
  const unpacked = unpackLine.slice("unpack ".length);
  for (const line of statuses) {
    const [status, ref = "", ...reason] = line.split(" ");
    if (status === "ok") refs.set(ref, { ok: true });
    else if (status === "ng") refs.set(ref, { ok: false, reason: printable(Buffer.from(reason.join(" "))) });
  }
  for (const { ref } of request.updates) {
    if (refs.has(ref)) continue;
    if (unpacked === "ok") throw truncated(reader.step);
    refs.set(ref, { ok: false, reason: `unpack failed: ${printable(Buffer.from(unpacked))}` });
  }
  return { refs, messages: printable(Buffer.from(said.join(""))).trim() };
}

/** A server without report-status (none that is still in use) only tells failure by its status or exit. */
function allMoved(request: PushRequest): PushResult {
  return { refs: new Map(request.updates.map(({ ref }) => [ref, { ok: true }])), messages: "" };
}

/** The report is itself made of packets, carried in band 1 and possibly cut anywhere. */
async function linesOfSideBand(reader: PacketReader, said: string[]): Promise<readonly string[]> {
  const report: Uint8Array[] = [];
  for (;;) {
    const next = await reader.next();
    if (next.type === "end") throw truncated(reader.step);
    if (next.type !== "data") break;
    const [band] = next.payload;
    const content = next.payload.subarray(1);
    if (band === 1) report.push(content);
    else if (band === 2) said.push(Buffer.from(content).toString("utf8"));
    else if (band === 3) throw remoteSaid(reader.step, [...said, textOf(content)].join(""));
    else throw corrupt(reader.step, `side band ${band}`);
  }
  const chunks = [...report];
  const source = { read: async () => chunks.shift() };
  return linesUntilFlush(new PacketReader(source, reader.step, ANSWER_BYTES));
}

async function linesUntilFlush(reader: PacketReader): Promise<readonly string[]> {
  const lines: string[] = [];
  for (let line = await reader.line(); line !== undefined; line = await reader.line()) lines.push(line);
  return lines;
}
