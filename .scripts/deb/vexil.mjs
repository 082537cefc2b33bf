// The first argument is the command as it was called: what units and messages name.
process.argv.splice(1, 1);
await import("./node_modules/@vexil/daemon/bin/vexil.js");
