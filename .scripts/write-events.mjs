// Writes the page of log events from the catalogues of the daemon and of the bundled plugins; with `--check` it compares.
import { existsSync, readdirSync } from "node:fs";
import { eventTable } from "../core/engine/dist/observe/event-table.js";
import { writePage } from "./generated-page.mjs";

const plugins = new URL("../plugins/", import.meta.url);
const catalogues = readdirSync(plugins)
  .map((name) => new URL(`${name}/dist/events.js`, plugins))
  .filter((file) => existsSync(file));
const loaded = await Promise.all(catalogues.map((file) => import(file.href)));
writePage("daemon/EVENTS.md", eventTable(...loaded.map(({ EVENTS }) => EVENTS)), "npm run docs:events");
