// Loaded into ava's own process, whose TAP reporter ends the whole run by an exception, without a word of which test it
// was, in two cases (https://github.com/avajs/ava/issues/3461):
import { createRequire } from "node:module";

// It expects errors as they come from a test's process, with the original inside, also of those that it makes itself
// when tests time out or end their process.
Object.defineProperty(Error.prototype, "originalError", {
  configurable: true,
  get() {
    return this;
  },
});

// It prints errors as YAML, which knows no `undefined`: so the place of one without a stack is left out.
const require = createRequire(import.meta.url);
const yaml = createRequire(createRequire(require.resolve("ava")).resolve("supertap"))("js-yaml");
const { safeDump } = yaml;
yaml.safeDump = (value, options) => safeDump(value, { ...options, skipInvalid: true });
