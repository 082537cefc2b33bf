import cluster = require("node:cluster");

// Loaded before anything else of a worker. The first thing that a process of `cluster` does is to greet its primary,
// which may have been killed meanwhile: then there is nothing to serve, and nobody to complain to.
const { worker } = cluster as unknown as typeof cluster.default;
worker?.on("error", () => process.exit(1));
