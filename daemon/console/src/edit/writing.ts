import { createContext } from "react";

/** True while what a dialog shows is being written. */
export const Writing = createContext(false);
