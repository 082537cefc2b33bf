/**
 * A page of the console runs its own scripts, asks its own server, and stands in no other page. Styles come by files
 * alone, too.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const UNUSED = ["camera", "display-capture", "geolocation", "microphone", "midi", "payment", "usb"];

/** A page of the manual is text with pictures and one style. */
const MANUAL_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const COMMON: Readonly<Record<string, string>> = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": UNUSED.map((feature) => `${feature}=()`).join(", "),
  "Referrer-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
};

/** Headers of a page of the console. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = { "Content-Security-Policy": POLICY, ...COMMON };

/** Headers of a page of the manual. */
export const MANUAL_HEADERS: Readonly<Record<string, string>> = { "Content-Security-Policy": MANUAL_POLICY, ...COMMON };
