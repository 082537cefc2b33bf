import type { QueryClient } from "@tanstack/react-query";
import { previewSegment } from "../api/previews.js";
import { segmentsQuery } from "../api/queries.js";
import { saveSegment } from "../api/save-segment.js";
import type { Place, Segment } from "../api/types.js";
import type { Writes } from "../edit/writes.js";
import { SEGMENT_PARTS } from "./merge-segments.js";

/** Writes segments of a place. */
export const segmentWrites = (queries: QueryClient, place: Place): Writes<Segment> => ({
  form: SEGMENT_PARTS,
  save: (segment, { value, revision }, message) =>
    saveSegment(queries, place, segment, { revision, isNew: value === undefined, message }),
  preview: (segment, { value, revision }) => previewSegment(place, segment, { revision, isNew: value === undefined }),
  newest: async ({ key }) => {
    const { segments, revision } = await queries.fetchQuery({ ...segmentsQuery(place), staleTime: 0 });
    return { value: segments.find((one) => one.key === key), revision };
  },
});
