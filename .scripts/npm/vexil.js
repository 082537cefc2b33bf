#!/usr/bin/env node
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

// The daemon comes in this package, as it was tested.
const manifest = createRequire(import.meta.url).resolve("@vexil/daemon/package.json");
await import(new URL("bin/vexil.js", pathToFileURL(manifest)).href);
