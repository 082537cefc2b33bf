// Writes the page of log events from the catalogue. A test compares the two.
import { writeFileSync } from "node:fs";
import { eventTable } from "../core/engine/dist/observe/event-table.js";

writeFileSync(new URL("../daemon/EVENTS.md", import.meta.url), eventTable());
