import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { BASE } from "../api/base.js";
import { environmentsQuery } from "../api/queries.js";
import { readBranchesSearch } from "../branches/branches-search.js";
import { readFlagSearch } from "../flag/flag-search.js";
import { readFilter } from "../flags/flag-filter.js";
import { readHistorySearch } from "../history/history-search.js";
import { NotFoundPage } from "../layout/not-found-page.js";
import { Shell } from "../layout/shell.js";
import { readQuestion } from "../playground/question.js";
import { readSettingsSearch } from "../settings/settings-search.js";
import { readTailFilter } from "../status/tail-filter.js";
import { Failed, Loading } from "../ui/states.js";

const rootRoute = createRootRoute({ component: Outlet });

const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/login",
  validateSearch: ({ to }: Record<string, unknown>): { to?: string } => (typeof to === "string" ? { to } : {}),
  component: lazyRouteComponent(() => import("../login/login-page.js"), "LoginPage"),
});

const shellRoute = createRoute({ getParentRoute: () => rootRoute, id: "shell", component: Shell });

/** Any other address. */
const notFoundRoute = createRoute({ getParentRoute: () => shellRoute, path: "$", component: NotFoundPage });

const statusRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/status",
  validateSearch: readTailFilter,
  component: lazyRouteComponent(() => import("../status/status-page.js"), "StatusPage"),
});

const placeRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/environments/$environment/namespaces/$namespace",
  component: Outlet,
});

const flagsRoute = createRoute({
  getParentRoute: () => placeRoute,
  path: "/flags",
  validateSearch: readFilter,
  component: lazyRouteComponent(() => import("../flags/flags-page.js"), "FlagsPage"),
});

const newFlagRoute = createRoute({
  getParentRoute: () => placeRoute,
  path: "/new-flag",
  component: lazyRouteComponent(() => import("../flag/new/new-flag-page.js"), "NewFlagPage"),
});

const branchesRoute = createRoute({
  getParentRoute: () => placeRoute,
  path: "/branches",
  validateSearch: readBranchesSearch,
  component: lazyRouteComponent(() => import("../branches/branches-page.js"), "BranchesPage"),
});

const flagRoute = createRoute({
  getParentRoute: () => placeRoute,
  path: "/flags/$flag",
  validateSearch: readFlagSearch,
  component: lazyRouteComponent(() => import("../flag/flag-page.js"), "FlagPage"),
});

const segmentsRoute = createRoute({
  getParentRoute: () => placeRoute,
  path: "/segments",
  component: lazyRouteComponent(() => import("../segments/segments-page.js"), "SegmentsPage"),
});

const historyRoute = createRoute({
  getParentRoute: () => placeRoute,
  path: "/history",
  validateSearch: readHistorySearch,
  component: lazyRouteComponent(() => import("../history/history-page.js"), "HistoryPage"),
});

const segmentRoute = createRoute({
  getParentRoute: () => placeRoute,
  path: "/segments/$segment",
  component: lazyRouteComponent(() => import("../segments/segment-page.js"), "SegmentPage"),
});

const newSegmentRoute = createRoute({
  getParentRoute: () => placeRoute,
  path: "/new-segment",
  component: lazyRouteComponent(() => import("../segments/segment-page.js"), "NewSegmentPage"),
});

const settingsRoute = createRoute({
  getParentRoute: () => placeRoute,
  path: "/settings",
  validateSearch: readSettingsSearch,
  component: lazyRouteComponent(() => import("../settings/settings-page.js"), "SettingsPage"),
});

const playgroundRoute = createRoute({
  getParentRoute: () => placeRoute,
  path: "/playground",
  validateSearch: readQuestion,
  component: lazyRouteComponent(() => import("../playground/playground-page.js"), "PlaygroundPage"),
});

/** Routes of the console; the first page is that of the default environment's flags. */
export function createConsoleRouter(queries: QueryClient) {
  const homeRoute = createRoute({
    getParentRoute: () => shellRoute,
    path: "/",
    beforeLoad: async () => {
      const environments = await queries.ensureQueryData(environmentsQuery);
      const first = environments.find((one) => one.default) ?? environments[0];
      if (first === undefined) throw redirect({ to: "/status", replace: true });
      const params = { environment: first.key, namespace: "default" };
      throw redirect({
        to: "/environments/$environment/namespaces/$namespace/flags",
        params,
        search: {},
        replace: true,
      });
    },
  });
  const place = placeRoute.addChildren([
    flagsRoute,
    flagRoute,
    newFlagRoute,
    segmentsRoute,
    segmentRoute,
    newSegmentRoute,
    historyRoute,
    branchesRoute,
    playgroundRoute,
    settingsRoute,
  ]);
  const shell = shellRoute.addChildren([homeRoute, statusRoute, place, notFoundRoute]);
  return createRouter({
    routeTree: rootRoute.addChildren([loginRoute, shell]),
    basepath: BASE,
    defaultPendingComponent: Loading,
    defaultErrorComponent: ({ error }) => <Failed isPage error={error} />,
    defaultPendingMs: 300,
    // A key may hold anything that a text may.
    scrollRestoration: false,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
