import { crc32 } from "node:zlib";

/** Bucket 0…999 of an entity for a variant flag: flag key first (`flag-state.md` §6.5). */
export function variantBucket(flagKey: string, entityId: string): number {
  return crc32(flagKey + entityId) % 1000;
}

/** Bucket 0…99 of an entity for a threshold: entity first. */
export function thresholdBucket(flagKey: string, entityId: string): number {
  return crc32(entityId + flagKey) % 100;
}
