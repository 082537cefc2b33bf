import type { CompiledFlag } from "@vexil/core";
import type { BooleanResult, VariantResult } from "@vexil/core/serving";
import type { Cell } from "./tally.js";

const OFREP_REASONS: Readonly<Record<string, string>> = {
  MATCH_EVALUATION_REASON: "TARGETING_MATCH",
  DEFAULT_EVALUATION_REASON: "DEFAULT",
  FLAG_DISABLED_EVALUATION_REASON: "DISABLED",
};

/** The fields of an answer that are only known when the evaluation, or the whole batch, has ended. */
export interface Timing {
  readonly durationMs: number;
  readonly timestamp: string;
}

let nextId = 1;

/** One result a flag can have. A flag has few of them, so all the text that does not depend on the request is kept. */
export abstract class Outcome<Result extends BooleanResult | VariantResult = BooleanResult | VariantResult> {
  /** Its own in this process. */
  readonly id: number = nextId++;
  /** How often it came out. */
  readonly cell: Cell;
  protected readonly flag: CompiledFlag;
  protected readonly result: Result;
  #before: string | undefined;
  #after: string | undefined;
  #ofrep: string | undefined;

  constructor(flag: CompiledFlag, result: Result, cell: Cell) {
    this.flag = flag;
    this.result = result;
    this.cell = cell;
  }

  /** The variant as OFREP names it: `true` and `false` for boolean flags. */
  abstract readonly variant: string;
  #identity: string | undefined;
  /** The evaluation's JSON before the request's id, and after the timing. */
  protected abstract head(): string;
  protected abstract tail(): string;
  protected abstract ofrepJson(key: string, reason: string): string;

  /** `http-api.md` §2 */
  json(requestId: string, { durationMs, timestamp }: Timing): string {
    this.#before ??= this.head();
    this.#after ??= this.tail();
    const id = requestId === "" ? '""' : JSON.stringify(requestId);
    return `${this.#before}${id},"requestDurationMillis":${durationMs},"timestamp":"${timestamp}",${this.#after}`;
  }

  /** `http-api.md` §5 */
  get ofrep(): string {
    this.#ofrep ??= this.ofrepJson(JSON.stringify(this.flag.key), OFREP_REASONS[this.result.reason] ?? "UNKNOWN");
    return this.#ofrep;
  }

  /** What the outcome adds to the identity of a bulk answer. */
  get identity(): string {
    this.#identity ??= this.flag.key + this.variant;
    return this.#identity;
  }

  protected sameSegments(keys: readonly string[]): boolean {
    const own = this.result.segmentKeys;
    return own.length === keys.length && (keys.length === 0 || keys.every((key, index) => key === own[index]));
  }
}

export class BooleanOutcome extends Outcome<BooleanResult> {
  get variant(): string {
    return this.result.enabled ? "true" : "false";
  }

  is({ enabled, reason, segmentKeys }: BooleanResult): boolean {
    return this.result.enabled === enabled && this.result.reason === reason && this.sameSegments(segmentKeys);
  }

  protected head(): string {
    return `{"enabled":${this.variant},"reason":"${this.result.reason}","requestId":`;
  }

  protected tail(): string {
    return `"flagKey":${JSON.stringify(this.flag.key)},"segmentKeys":${JSON.stringify(this.result.segmentKeys)}}`;
  }

  protected ofrepJson(key: string, reason: string): string {
    return `{"key":${key},"reason":"${reason}","variant":"${this.variant}","value":${this.variant}}`;
  }
}

export class VariantOutcome extends Outcome<VariantResult> {
  get variant(): string {
    return this.result.variantKey;
  }

  is({ match, reason, variantKey, variantAttachment, segmentKeys }: VariantResult): boolean {
    const own = this.result;
    return (
      own.variantKey === variantKey &&
      own.reason === reason &&
      own.match === match &&
      own.variantAttachment === variantAttachment &&
      this.sameSegments(segmentKeys)
    );
  }

  protected head(): string {
    const { match, reason, variantKey, variantAttachment, segmentKeys } = this.result;
    return (
      `{"match":${match},"segmentKeys":${JSON.stringify(segmentKeys)},"reason":"${reason}",` +
      `"variantKey":${JSON.stringify(variantKey)},"variantAttachment":${JSON.stringify(variantAttachment)},"requestId":`
    );
  }

  protected tail(): string {
    return `"flagKey":${JSON.stringify(this.flag.key)}}`;
  }

  protected ofrepJson(key: string, reason: string): string {
    const { variantKey, variantAttachment, segmentKeys } = this.result;
    const metadata: string[] = [];
    if (variantAttachment !== "") metadata.push(`"attachment":${JSON.stringify(variantAttachment)}`);
    if (segmentKeys.length > 0) metadata.push(`"segments":${JSON.stringify(segmentKeys.join(","))}`);
    const variant = JSON.stringify(variantKey);
    return `{"key":${key},"reason":"${reason}","variant":${variant},"metadata":{${metadata.join(",")}},"value":${variant}}`;
  }
}
