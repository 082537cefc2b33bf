import type { Scope } from "../helpers/files/temporary-directory.js";
import { type Fault, startFaultServer } from "../helpers/git-servers/fault-server.js";
import type { FaultName, TestedRemote } from "./tested-remote.js";

const FAULTS: Partial<Record<FaultName, Fault>> = {
  "cut before the push landed": { type: "drop", on: ["push"] },
  "cut after the push landed": { type: "reset", after: 0, on: ["push"] },
  "the report is cut": { type: "cut", after: -4, on: ["push"] },
  "the report is damaged": { type: "corrupt", after: 6, on: ["push"] },
  "the push hangs": { type: "hang-head", on: ["push"] },
  "the push's greeting is cut": { type: "drop", on: ["push-greeting"] },
  "a server error for the push": { type: "status", status: 502, on: ["push"] },
  "no refs": { type: "drop", on: ["refs", "greeting"] },
  "fetches are cut": { type: "truncate", after: -30, on: ["fetch"] },
  "no connection": { type: "refused" },
};

/** Native `git http-backend` behind a proxy that breaks answers. */
export async function httpRemote(scope: Scope, repository: string): Promise<TestedRemote> {
  const server = await startFaultServer(scope, repository);
  return {
    storage: { remote: server.url },
    config: {},
    fail: (name) => server.fail(FAULTS[name]),
    heal: () => server.fail(undefined),
  };
}
