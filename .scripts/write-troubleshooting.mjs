// Writes the manual's page of error codes from their catalogue; with `--check` it compares.
import { troubleshootingPage } from "../daemon/dist/troubleshooting/explain-code.js";
import { writePage } from "./generated-page.mjs";

writePage("daemon/docs/troubleshooting.md", troubleshootingPage(), "npm run docs:troubleshooting");
