// Loaded into ava's own process. Its TAP reporter expects errors as they come from a test's process, with the original
// inside, and throws at those that it makes itself when tests time out or end their process: the whole run ended with
// that, without a word of which test it was (https://github.com/avajs/ava/issues/3461).
Object.defineProperty(Error.prototype, "originalError", {
  configurable: true,
  get() {
    return this;
  },
});
