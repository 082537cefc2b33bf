/** Path below which the page and the API are, with a slash at its end; the page's `base` tells. */
export const BASE = new URL("./", document.baseURI).pathname;
