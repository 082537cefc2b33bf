import type { Oid, RefName } from "@vexil/plugin-api";
import { corrupt, endless, truncated, unexpected } from "../wire-errors.js";
import type { PacketReader } from "./pkt-line.js";

/** Name that this client gives itself; servers put it in their logs. */
export const AGENT = "agent=vexil/0.1";

/** Abilities of a git service: its protocol version and its capabilities (name → values). */
export interface Capabilities {
  readonly version: 0 | 2;
  readonly names: ReadonlyMap<string, string>;
}

/** Greeting of a service: capabilities, and in version 0 its refs too. */
export interface Advertisement extends Capabilities {
  readonly refs: ReadonlyMap<RefName, Oid>;
}

const OID = /^[0-9a-f]{40}$/;
/** Servers have some twenty; version 0 adds one for each symbolic ref. */
const MAX_CAPABILITIES = 1_000;
/** As many refs as an answer of version 2 may list. */
const MAX_REFS = 100_000;

/**
 * Reads a service's greeting (gitprotocol-pack(5), gitprotocol-v2(5)). Of version 0 only the refs that `wanted`
 * accepts are kept, since an advertisement lists all refs there are.
 */
export async function readAdvertisement(
  reader: PacketReader,
  wanted: (ref: RefName) => boolean,
): Promise<Advertisement> {
  let line = await reader.line();
  if (line?.startsWith("# service=") === true) {
    // The prelude of smart HTTP; some servers send it with version 2 as well.
    if ((await reader.line()) !== undefined) throw unexpected(reader.step, "no flush after the service line");
    line = await reader.line();
  }
  if (line === "version 2") return { version: 2, names: await readCapabilityLines(reader), refs: new Map() };
  if (line === "version 1") line = await reader.line();
  const refs = new Map<RefName, Oid>();
  const names = new Map<string, string>();
  for (let first = true; line !== undefined; line = await reader.line(), first = false) {
    const zero = line.indexOf("\0");
    if (first && zero >= 0) parseCapabilities(line.slice(zero + 1), names);
    const [oid = "", ref = ""] = (zero >= 0 ? line.slice(0, zero) : line).split(" ", 2);
    if (oid === "shallow") continue;
    if (!OID.test(oid) || ref === "") throw corrupt(reader.step, `a ref line ${JSON.stringify(line.slice(0, 80))}`);
    if (ref !== "capabilities^{}" && !ref.endsWith("^{}") && wanted(ref)) refs.set(ref, oid);
    if (refs.size > MAX_REFS) throw endless(reader.step, "the list of its branches");
  }
  checkObjectFormat(reader, names);
  return { version: 0, names, refs };
}

async function readCapabilityLines(reader: PacketReader): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  for (;;) {
    const next = await reader.next();
    if (next.type === "end") throw truncated(reader.step);
    if (next.type !== "data") break;
    const line = Buffer.from(next.payload).toString("utf8").trimEnd();
    const equals = line.indexOf("=");
    names.set(equals < 0 ? line : line.slice(0, equals), equals < 0 ? "" : line.slice(equals + 1));
    if (names.size > MAX_CAPABILITIES) throw endless(reader.step, "the list of its capabilities");
  }
  checkObjectFormat(reader, names);
  return names;
}

function parseCapabilities(text: string, names: Map<string, string>): void {
  for (const word of text.split(" ")) {
    if (word === "") continue;
    const equals = word.indexOf("=");
    names.set(equals < 0 ? word : word.slice(0, equals), equals < 0 ? "" : word.slice(equals + 1));
  }
}

function checkObjectFormat(reader: PacketReader, names: ReadonlyMap<string, string>): void {
  const format = names.get("object-format");
  if (format !== undefined && format !== "sha1") {
    throw unexpected(reader.step, `its repository uses ${format} object names; only sha1 is supported`);
  }
}

/** The head of a version 2 command: its name and the capabilities that go with every command. */
export function commandHead(command: string, capabilities: Capabilities): readonly string[] {
  return [
    `command=${command}`,
    ...(capabilities.names.has("agent") ? [AGENT] : []),
    ...(capabilities.names.has("object-format") ? ["object-format=sha1"] : []),
  ];
}

/** Tells whether the version 2 command `fetch` has a feature. */
export function hasFetchFeature(capabilities: Capabilities, feature: string): boolean {
  return (capabilities.names.get("fetch") ?? "").split(" ").includes(feature);
}
