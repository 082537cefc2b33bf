import { registerEdge } from "./commands/edge.js";
import { registerServe } from "./commands/serve.js";
import { runProgram } from "./run-program.js";

// What the bundle's program of the daemon begins with: `bin/vexil.js` gives it the commands that serve, and no other.

void runProgram([registerServe, registerEdge]);
