import type { Place } from "./types.js";

/** Names a place so that nobody has to guess which of two equal names is which. */
export const placeWords = ({ environment, namespace }: Place): string =>
  `namespace ${namespace.slice(0, 200)} of environment ${environment.slice(0, 200)}`;
