// Writes the page of log events from the catalogues of the daemon and of the bundled plugins. A test compares the two.
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { eventTable } from "../core/engine/dist/observe/event-table.js";

const plugins = new URL("../plugins/", import.meta.url);
const catalogues = readdirSync(plugins)
  .map((name) => new URL(`${name}/dist/events.js`, plugins))
  .filter((file) => existsSync(file));
const loaded = await Promise.all(catalogues.map((file) => import(file.href)));
writeFileSync(new URL("../daemon/EVENTS.md", import.meta.url), eventTable(...loaded.map(({ EVENTS }) => EVENTS)));
