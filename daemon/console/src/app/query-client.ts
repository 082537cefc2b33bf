import { QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError, hasStatus } from "../api/api-error.js";

const MOST_TRIES = 2;

/** @param onLoggedOut is called when an answer says that the caller is not known */
export function createQueryClient(onLoggedOut: () => void): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error, { queryKey }) => {
        if (hasStatus(error, 401) && queryKey[0] !== "self") onLoggedOut();
      },
    }),
    defaultOptions: {
      queries: {
        // A browser without a network reaches a server on its own machine; what it does not reach it says.
        networkMode: "always",
        staleTime: 2_000,
        // A server that restarts is there again soon; what it refuses it refuses again.
        retry: (failures, error) =>
          failures < MOST_TRIES && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
        retryDelay: (failures) => 500 * 2 ** failures + Math.random() * 250,
      },
      mutations: { retry: false },
    },
  });
}
