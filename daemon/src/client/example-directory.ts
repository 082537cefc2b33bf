/** Where the quickstart keeps its example unless told otherwise, seen from the working directory. */
export const EXAMPLE_DIRECTORY = ".vexil";

/** Advice where a command finds an example that nobody serves. */
export const EXAMPLE_ENDED =
  '; the example of this folder does not run: begin it with "npm start" or "vexil quickstart"';
