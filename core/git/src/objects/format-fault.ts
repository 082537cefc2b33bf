/** Makes the error for bytes that are not in git's format; its text goes on after "it holds ". Where the bytes came from decides which error. */
export type FormatFault = (what: string) => Error;
