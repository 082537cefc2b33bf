import type { BooleanResult } from "@vexil/flags/evaluate/boolean";
import type { CompiledFlag } from "@vexil/flags/evaluate/compiled-flag";
import type { VariantResult } from "@vexil/flags/evaluate/variant";
import type { Cell } from "./tally.js";

const OFREP_REASONS: Readonly<Record<string, string>> = {
  MATCH_EVALUATION_REASON: "TARGETING_MATCH",
  DEFAULT_EVALUATION_REASON: "DEFAULT",
  FLAG_DISABLED_EVALUATION_REASON: "DISABLED",
};

/** JSON members of an answer that are only known when the evaluation, or the whole batch, has ended. */
export function timingJson(durationMs: number): string {
  return `"requestDurationMillis":${durationMs},"timestamp":"${timestamp()}",`;
}

let second = -1;
let secondText = "";

/** Now, as RFC 3339 in UTC with milliseconds. Of most times only the last digits are new. */
function timestamp(): string {
  const now = Date.now();
  const current = Math.floor(now / 1000);
  if (current !== second) {
    second = current;
    secondText = new Date(current * 1000).toISOString().slice(0, -"000Z".length);
  }
  const milliseconds = now - current * 1000;
  const zeros = milliseconds < 10 ? "00" : milliseconds < 100 ? "0" : "";
  return `${secondText}${zeros}${milliseconds}Z`;
}

/**
 * A JSON text, and whether it is known to be all ASCII: then it is sent without a look at how long it gets as UTF-8.
 */
export interface Json {
  readonly text: string;
  readonly ascii: boolean;
}

/** OFREP answers begin with the comma that stands between two of them in a bulk answer. */
export const COMMA_BYTES = 1;

let nextId = 1;

/** V8 keeps a text as the parts that it was put together of, and walks them each time it is sent: this is in one piece. */
const whole = (text: string): string => Buffer.from(text).toString();

/** Tells whether a text takes one byte for each character in UTF-8. */
export function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}

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
  #itemBefore: string | undefined;
  #itemBeforeUnnamed: string | undefined;
  #itemAfter: string | undefined;
  #ofrep: Buffer | undefined;
  #ascii: boolean | undefined;

  constructor(flag: CompiledFlag, result: Result, cell: Cell) {
    this.flag = flag;
    this.result = result;
    this.cell = cell;
  }

  get reason(): string {
    return this.result.reason;
  }

  /** The variant as OFREP names it: `true` and `false` for boolean flags. */
  abstract readonly variant: string;
  #identity: string | undefined;
  /** The beginning of its JSON as an item of a batch. */
  protected abstract readonly itemHead: string;
  /** The evaluation's JSON before the request's id, and after the timing. */
  protected abstract head(): string;
  protected abstract tail(): string;
  protected abstract ofrepJson(key: string, reason: string): string;

  /** The answer to an evaluation, with what `timingJson` gave. */
  json(requestId: string, timing: string): string {
    this.#before ??= whole(this.head());
    this.#after ??= whole(this.tail());
    return `${this.#before}${JSON.stringify(requestId)},${timing}${this.#after}`;
  }

  /** A comma and the answer as an item of a batch, with what `timingJson` gave. Items seldom have an id. */
  item(requestId: string, timing: string): string {
    this.#itemAfter ??= whole(`${this.tail()}}`);
    if (requestId === "") {
      this.#itemBeforeUnnamed ??= whole(`,${this.itemHead}${this.head()}"",`);
      return this.#itemBeforeUnnamed + timing + this.#itemAfter;
    }
    this.#itemBefore ??= whole(`,${this.itemHead}${this.head()}`);
    return `${this.#itemBefore}${JSON.stringify(requestId)},${timing}${this.#itemAfter}`;
  }

  /** A comma and the flag's answer. */
  get ofrep(): Buffer {
    this.#ofrep ??= this.#ofrepBytes();
    return this.#ofrep;
  }

  /** True if its JSON is ASCII. */
  get ascii(): boolean {
    this.#ascii ??= isAscii(this.head() + this.tail());
    return this.#ascii;
  }

  /** Part of a bulk answer's identity that comes from this outcome. */
  get identity(): string {
    this.#identity ??= this.flag.key + this.variant;
    return this.#identity;
  }

  #ofrepBytes(): Buffer {
    const reason = OFREP_REASONS[this.result.reason] ?? "UNKNOWN";
    return Buffer.from(`,${this.ofrepJson(JSON.stringify(this.flag.key), reason)}`);
  }

  protected sameSegments(keys: readonly string[]): boolean {
    const own = this.result.segmentKeys;
    if (own === keys) return true;
    if (own.length !== keys.length) return false;
    for (let index = 0; index < keys.length; index += 1) if (own[index] !== keys[index]) return false;
    return true;
  }
}

export class BooleanOutcome extends Outcome<BooleanResult> {
  protected get itemHead(): string {
    return '{"type":"BOOLEAN_EVALUATION_RESPONSE_TYPE","booleanResponse":';
  }

  get variant(): string {
    return this.result.enabled ? "true" : "false";
  }

  is(result: BooleanResult): boolean {
    const own = this.result;
    return own.enabled === result.enabled && own.reason === result.reason && this.sameSegments(result.segmentKeys);
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
  protected get itemHead(): string {
    return '{"type":"VARIANT_EVALUATION_RESPONSE_TYPE","variantResponse":';
  }

  get variant(): string {
    return this.result.variantKey;
  }

  is(result: VariantResult): boolean {
    const own = this.result;
    return (
      own.variantKey === result.variantKey &&
      own.reason === result.reason &&
      own.match === result.match &&
      own.variantAttachment === result.variantAttachment &&
      this.sameSegments(result.segmentKeys)
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
