import { spawn } from "node:child_process";

/** After so long it is said what is under way. */
const QUIET_MS = 2_000;

/**
 * Runs a program. Where it takes long stderr says so: a terminal with the seconds that have passed, else one line.
 * @param {string} title what is under way: "Compiling"
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} options
 * @returns {Promise<number>} its exit code
 */
export function runStep(title, command, args, options) {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const isTerminal = process.stderr.isTTY === true;
    let isShown = false;
    const tell = () => {
      const seconds = Math.round((performance.now() - began) / 1000);
      if (isTerminal) process.stderr.write(`\r\u001b[K${title} … ${seconds} s`);
      else if (!isShown) process.stderr.write(`${title} …\n`);
      isShown = true;
    };
    const end = () => {
      clearTimeout(first);
      clearInterval(timer);
      if (isTerminal && isShown) process.stderr.write("\r\u001b[K");
    };
    let timer;
    const first = setTimeout(() => {
      tell();
      timer = setInterval(tell, 1_000);
    }, QUIET_MS);
    const child = spawn(command, args, options);
    child.once("error", (error) => {
      end();
      reject(error);
    });
    child.once("close", (code) => {
      end();
      resolve(code ?? 1);
    });
  });
}
