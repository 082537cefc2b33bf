import type { SessionKeys } from "../session-keys.js";
import { ProvenTexts } from "./proven-texts.js";

/** Daemons that take each other's sessions, as they have the same key: others do not hear of them. */
export interface ExchangeGroup {
  /** Its name at a place that several groups use. */
  readonly name: string;
  readonly texts: ProvenTexts;
}

/** @param refused told how many entries others have written */
export function exchangeGroup(keys: SessionKeys, refused: (count: number) => void): ExchangeGroup {
  const name = Buffer.from(keys.derived("revocations", "")).toString("hex").slice(0, 16);
  return { name, texts: new ProvenTexts(keys.ends, refused) };
}
