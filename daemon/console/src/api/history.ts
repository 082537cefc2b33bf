import { infiniteQueryOptions } from "@tanstack/react-query";
import { bodyOf, client } from "./client.js";
import { FLAG, type Place } from "./types.js";

const PAGE = "20";

/** Commits that changed a place, or one flag of it; newest first. */
export const historyQuery = ({ environment, namespace }: Place, flag?: string) =>
  infiniteQueryOptions({
    queryKey: ["history", environment, namespace, flag ?? null],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE, ...(pageParam === "" ? {} : { pageToken: pageParam }) };
      if (flag === undefined) {
        const params = { path: { environment, namespace }, query };
        return bodyOf(
          client.GET("/api/v2/environments/{environment}/namespaces/{namespace}/history", { params, signal }),
        );
      }
      const params = { path: { environment, namespace, type: FLAG, key: flag }, query };
      const path = "/api/v2/environments/{environment}/namespaces/{namespace}/resources/{type}/{key}/history";
      return bodyOf(client.GET(path, { params, signal }));
    },
    getNextPageParam: ({ nextPageToken }) => nextPageToken || undefined,
  });
