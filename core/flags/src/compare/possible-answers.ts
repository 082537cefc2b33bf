import type { CompiledFlag } from "../compile/snapshot.js";
import { ownerOf } from "../evaluate/variant.js";
import { booleanAnswer, variantAnswer } from "./answer.js";

/** Keys of all answers that a flag can give to the entities of a bucket, whatever segments they are in. */
export function possibleAnswers(flag: CompiledFlag): (bucket: number) => ReadonlySet<string> {
  return flag.type === "BOOLEAN_FLAG_TYPE"
    ? (bucket) => booleanAnswers(flag, bucket)
    : (bucket) => variantAnswers(flag, bucket);
}

function booleanAnswers(flag: CompiledFlag, bucket: number): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const rollout of flag.rollouts) {
    if (rollout.type === "segment") keys.add(booleanAnswer(rollout.value).key);
    else if (bucket < rollout.percentage) return keys.add(booleanAnswer(rollout.value).key);
  }
  return keys.add(booleanAnswer(flag.enabled).key);
}

function variantAnswers(flag: CompiledFlag, bucket: number): ReadonlySet<string> {
  const start = flag.defaultVariant;
  const keys = new Set([variantAnswer(start?.key ?? "", start?.attachment ?? "").key]);
  for (const rule of flag.enabled ? flag.rules : []) {
    const owner = ownerOf(rule, bucket);
    if (owner !== undefined) keys.add(variantAnswer(owner.key, owner.attachment).key);
  }
  return keys;
}
