// Writes the page of routes and rights from the routes themselves. A test compares the two.
import { writeFileSync } from "node:fs";
import { routesPage } from "../daemon/dist/http/rights/routes-page.js";
import { describedRoutes } from "../daemon/dist/http/routes/index.js";

writeFileSync(new URL("../daemon/ROUTES.md", import.meta.url), routesPage(describedRoutes()));
