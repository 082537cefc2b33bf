/** Where the quickstart keeps its example unless told otherwise, seen from the working directory. */
export const EXAMPLE_DIRECTORY = ".vexil";
