import type { QueryClient } from "@tanstack/react-query";
import { createFlag } from "../../api/create-and-delete.js";
import { previewFlag } from "../../api/previews.js";
import { saveFlag } from "../../api/save-flag.js";
import type { Flag, Place } from "../../api/types.js";
import type { Writes } from "../../edit/writes.js";
import { FLAG_PARTS } from "./merge-flags.js";
import { newestFlag } from "./newest-flag.js";

/** Writes flags of a place. */
export const flagWrites = (queries: QueryClient, place: Place): Writes<Flag> => ({
  form: FLAG_PARTS,
  save: async (flag, { value, revision }, message) => {
    await (value ? saveFlag(queries, place, flag, revision, message) : createFlag(queries, place, flag, message));
  },
  preview: (flag, { value, revision }) => previewFlag(place, flag, { revision, isNew: value === undefined }),
  newest: ({ key }) => newestFlag(queries, place, key),
});
