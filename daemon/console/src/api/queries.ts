import { queryOptions } from "@tanstack/react-query";
import { bodyOf, bodyOrNull, client } from "./client.js";
import { NAMESPACES, RESOURCES } from "./routes.js";
import { FLAG, type Flag, type Place, SEGMENT, type Segment } from "./types.js";

/** Version and settings of the server. */
export const infoQuery = queryOptions({
  queryKey: ["info"],
  queryFn: ({ signal }) => bodyOf(client.GET("/meta/info", { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});

export const methodsQuery = queryOptions({
  queryKey: ["methods"],
  queryFn: async ({ signal }) => (await bodyOf(client.GET("/auth/v1/method", { signal }))).methods,
});

export const selfQuery = queryOptions({
  queryKey: ["self"],
  queryFn: ({ signal }) => bodyOf(client.GET("/auth/v1/self", { signal })),
});

export const environmentsQuery = queryOptions({
  queryKey: ["environments"],
  queryFn: async ({ signal }) => (await bodyOf(client.GET("/api/v2/environments", { signal }))).environments,
  staleTime: 30_000,
});

export const namespacesQuery = (environment: string) =>
  queryOptions({
    queryKey: ["namespaces", environment],
    queryFn: ({ signal }) => bodyOf(client.GET(NAMESPACES, { params: { path: { environment } }, signal })),
  });

/** Flags of a place, in the order of its files, and the revision that they are of. */
export const flagsQuery = ({ environment, namespace }: Place) =>
  queryOptions({
    queryKey: ["flags", environment, namespace],
    queryFn: async ({ signal }) => {
      const path = { environment, namespace, type: FLAG };
      const { resources, revision } = await bodyOf(client.GET(`${RESOURCES}/{type}`, { params: { path }, signal }));
      return { flags: resources.map(({ payload }) => payload as Flag), revision };
    },
  });

export const segmentsQuery = ({ environment, namespace }: Place) =>
  queryOptions({
    queryKey: ["segments", environment, namespace],
    queryFn: async ({ signal }) => {
      const path = { environment, namespace, type: SEGMENT };
      const { resources, revision } = await bodyOf(client.GET(`${RESOURCES}/{type}`, { params: { path }, signal }));
      return { segments: resources.map(({ payload }) => payload as Segment), revision };
    },
  });

export const flagQuery = ({ environment, namespace }: Place, key: string) =>
  queryOptions({
    queryKey: ["flags", environment, namespace, key],
    queryFn: async ({ signal }) => {
      const path = { environment, namespace, type: FLAG, key };
      const { resource, revision } = await bodyOf(
        client.GET(`${RESOURCES}/{type}/{key}`, { params: { path }, signal }),
      );
      return { flag: resource.payload as Flag, revision };
    },
  });

/** The state of storages; null where the server tells none, here or to this caller. */
export const statusQuery = queryOptions({
  queryKey: ["status"],
  queryFn: ({ signal }) => bodyOrNull(client.GET("/api/status", { signal })),
  refetchInterval: 5_000,
});
