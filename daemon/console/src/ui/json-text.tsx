/** Characters that nobody sees, and that turn around what comes after them, out of an element that would isolate them. */
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** JSON to be read. What each text in it holds is kept apart: one that runs from right to left turns nothing else around. */
export function JsonText({ text }: { readonly text: string }) {
  // Every second part is what stands between two quotes.
  const seen = text.replace(TURNING, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const parts = seen.split(/"((?:[^"\\]|\\.)*)"/);
  return parts.map((part, index) =>
    index % 2 === 0 ? (
      part
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: a part is its place
      <span key={index}>
        "<bdi>{part}</bdi>"
      </span>
    ),
  );
}
