import { commandsFor } from "./commands/index.js";
import { runProgram } from "./run-program.js";

await runProgram(await commandsFor(process.argv.slice(2)));
