import { randomBytes, randomInt } from "node:crypto";

const ADJECTIVES = [
  "amber",
  "brave",
  "calm",
  "clever",
  "eager",
  "gentle",
  "golden",
  "happy",
  "keen",
  "lively",
  "mellow",
  "nimble",
  "proud",
  "quick",
  "quiet",
  "silver",
  "sunny",
  "swift",
  "tidy",
  "witty",
] as const;
const ANIMALS = [
  "badger",
  "beaver",
  "crane",
  "dolphin",
  "falcon",
  "finch",
  "fox",
  "heron",
  "ibex",
  "lynx",
  "marten",
  "otter",
  "owl",
  "panda",
  "puffin",
  "raven",
  "seal",
  "swan",
  "tiger",
  "wren",
] as const;

/** A name for a branch that was asked for without one: `swift-otter-1f3a`. */
export function generatedBranchName(): string {
  const adjective = ADJECTIVES[randomInt(ADJECTIVES.length)];
  const animal = ANIMALS[randomInt(ANIMALS.length)];
  return `${adjective}-${animal}-${randomBytes(2).toString("hex")}`;
}
