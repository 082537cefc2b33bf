// Writes the page of routes and rights from the routes themselves; with `--check` it compares.
import { routesPage } from "../daemon/dist/http/rights/routes-page.js";
import { describedRoutes } from "../daemon/dist/http/routes/index.js";
import { writePage } from "./generated-page.mjs";

writePage("daemon/ROUTES.md", routesPage(describedRoutes()), "npm run docs:routes");
