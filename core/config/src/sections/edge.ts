import { boolean, duration, list, path, text, unitHint, word } from "@vexil/plugin-api/settings";
import { z } from "zod";
import { configError } from "../config-error.js";
import { limits, timeoutFaults, timeouts } from "./storage.js";

/** `edge`: the daemon serves what another one serves. */
export const edge = z
  .object({
    upstream: text().prefault("").describe("Address of the Vexil whose flags are served: https://flags.example.com."),
    credentials: text().optional().describe("Id under credentials: a token, or user and password."),
    writes: word("refuse", "forward")
      .prefault("refuse")
      .describe("refuse: changes are made at the upstream alone. forward: they are sent there as their caller."),
    counts: boolean().prefault(true).describe("Report to the upstream how often flags are evaluated."),
    path: path().optional().describe("Directory that keeps the flags: it starts without its upstream then."),
    storages: list().prefault([]).describe("Serve these storages of the upstream only."),
    environments: list().prefault([]).describe("Serve these environments of the upstream only."),
    poll_interval: duration().prefault("30s").describe("Time between two looks beside the stream of changes."),
    ca_cert_path: text().optional().describe("PEM file with the certificate authority of the upstream."),
    timeouts,
    limits,
  })
  .optional();

export type EdgeSection = NonNullable<z.output<typeof edge>>;

/** The parts of the configuration that an edge has to fit. */
interface Around {
  readonly credentials: object;
  readonly storage: object;
  readonly environments: object;
}

/** @throws VexilError VEXIL_VALIDATION_CONFIG */
export function checkEdge(section: EdgeSection | undefined, around: Around): void {
  if (section === undefined) return;
  const fail = (at: string, message: string): Error =>
    configError(`edge.${at}: ${message}`, undefined, ["edge", ...at.split(".")]);
  const { upstream, credentials, poll_interval: interval } = section;
  if (upstream === "") throw fail("upstream", "non-empty value is required");
  if (!URL.canParse(upstream) || !/^https?:$/.test(new URL(upstream).protocol)) {
    throw fail("upstream", "it is no http or https URL; write it as https://flags.example.com");
  }
  const { username, password, search, hash } = new URL(upstream);
  if (username !== "" || password !== "") {
    throw fail("upstream", "it holds a user or password; name a credential by edge.credentials instead");
  }
  if (search !== "" || hash !== "") throw fail("upstream", "it is the address of a daemon, without ? and #");
  if (interval < 1000) throw fail("poll_interval", `it must be at least 1 second${unitHint(interval)}`);
  for (const [name, reason] of timeoutFaults(section.timeouts)) throw fail(`timeouts.${name}`, reason);
  for (const key of ["storage", "environments"] as const) {
    const [id] = Object.keys(around[key]);
    if (id === undefined) continue;
    throw configError(
      `edge: storages and environments are those of the upstream, so ${key}.${id} has no place beside it; take it out, or edge`,
      undefined,
      [key, id],
    );
  }
  if (!credentials) return;
  if (Object.hasOwn(around.credentials, credentials.toLowerCase())) return;
  const ids = Object.keys(around.credentials);
  const known = ids.length === 0 ? "there is none under credentials" : `credentials: ${ids.join(", ")}`;
  throw fail("credentials", `credential "${credentials}" not found (${known})`);
}
