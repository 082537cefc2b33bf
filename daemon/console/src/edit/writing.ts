import { createContext } from "react";

/** True from when what a dialog shows is being written, unless that fails. */
export const Writing = createContext(false);
