import type { StorageConfig } from "@vexil/config/config";
import { branchesOf, missingBranch } from "@vexil/engine/storage/fetch/missing-branch";
import type { Remote } from "@vexil/git/remote/remote";
import type { GitObject } from "@vexil/plugin-api";
import { type FailureStep, toVexilError, VexilError } from "@vexil/plugin-api/errors";
import { type Endpoint, endpointOf } from "./endpoint.js";
import { resolveHost, tryConnect } from "./probe.js";
import { failedStep, type StepResult } from "./report.js";

/** The newest commit of a storage's branch, as fetched: nothing of it is stored. */
export interface FetchedBranch {
  readonly commit: string;
  readonly objects: readonly GitObject[];
}

export interface RemoteCheck {
  readonly steps: readonly StepResult[];
  /** undefined: a step failed. */
  readonly branch: FetchedBranch | undefined;
}

export interface RemoteCheckOptions {
  readonly storage: StorageConfig;
  /** Opens the remote; what it throws is a failed step. */
  readonly open: () => Promise<Remote | undefined>;
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress?: (receivedBytes: number) => void;
}

/**
 * Goes all the way to the files of a remote's branch. Names and connections are tried by themselves; what comes after is
 * told by how far the real exchange gets.
 */
export async function checkRemote(remoteUrl: string, options: RemoteCheckOptions): Promise<RemoteCheck> {
  const endpoint = endpointOf(remoteUrl, options.env);
  const done: StepResult[] = [];
  const failed = (error: unknown, at: FailureStep): RemoteCheck => {
    const step = toVexilError(error).details.step ?? at;
    return { steps: [...passed(endpoint, step, done), failedStep(step, error)], branch: undefined };
  };
  const probeFailure = await probe(endpoint, options.storage.timeouts.connectMs, done);
  if (probeFailure !== undefined) return { steps: [...done, probeFailure], branch: undefined };
  let remote: Remote | undefined;
  try {
    remote = await options.open();
  } catch (error) {
    // The credential itself, before anything was sent: how far that would have got is not known.
    return { steps: [...done, failedStep("auth", error)], branch: undefined };
  }
  if (remote === undefined) return { steps: done, branch: undefined };
  const signal = new AbortController().signal;
  try {
    const ref = `refs/heads/${options.storage.branch}`;
    const commit = (await remote.listRefs([ref], signal).catch(stepError("ref"))).refs.get(ref);
    if (commit === undefined) {
      const { existing, empty } = await branchesOf(remote, signal).catch(stepError("ref"));
      if (!empty || options.storage.readOnly) {
        return failed(missingBranch({ storage: options.storage, existing, had: false }), "ref");
      }
      const message = `the remote is empty; vexil serve makes ${options.storage.branch}`;
      return { steps: [...passed(endpoint, "ref", done), { step: "ref", ok: true, message }], branch: undefined };
    }
    const { onProgress } = options;
    const objects: GitObject[] = [];
    const { bytes } = await remote
      .fetch(
        {
          wants: [commit],
          haves: [],
          shallow: [],
          depth: 1,
          readBase: async () => new Map(),
          store: async (lot) => void objects.push(...lot),
          ...(onProgress === undefined ? {} : { onProgress }),
        },
        signal,
      )
      .catch(stepError("pack"));
    const told: StepResult[] = [
      { step: "ref", ok: true, message: `${options.storage.branch} is at ${commit}` },
      { step: "pack", ok: true, message: `${objects.length} objects in ${bytes} bytes` },
    ];
    return { steps: [...passed(endpoint, "ref", done), ...told], branch: { commit, objects } };
  } catch (error) {
    return failed(error, "http");
  } finally {
    await remote.close();
  }
}

async function probe({ server }: Endpoint, deadlineMs: number, done: StepResult[]): Promise<StepResult | undefined> {
  if (server === undefined) return undefined;
  const { host, port } = server;
  const attempts = [
    ["dns", () => resolveHost(host, deadlineMs)],
    ["connect", () => tryConnect(host, port, deadlineMs)],
  ] as const;
  for (const [step, attempt] of attempts) {
    try {
      done.push({ step, ok: true, message: await attempt() });
    } catch (error) {
      return failedStep(step, error);
    }
  }
  return undefined;
}

/** The steps before `step`: an exchange that got there has passed them. */
function passed({ steps }: Endpoint, step: FailureStep, done: readonly StepResult[]): readonly StepResult[] {
  const until = steps.indexOf(step);
  if (until === -1) return done;
  return steps.slice(0, until).map((name) => done.find((result) => result.step === name) ?? { step: name, ok: true });
}

/** Errors that do not say where they happened happened here. */
function stepError(step: FailureStep): (error: unknown) => never {
  return (error) => {
    const { code, message, details } = toVexilError(error);
    throw new VexilError(code, message, { details: { ...details, step: details.step ?? step }, cause: error });
  };
}
