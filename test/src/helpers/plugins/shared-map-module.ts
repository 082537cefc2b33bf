import { sharedMapPlugin } from "./shared-map-plugin.js";

/** A plugin's main file, for cases that need a second process. */
export default sharedMapPlugin();
