/** JSON to be read. What each text in it holds is kept apart: one that runs from right to left turns nothing else around. */
export function JsonText({ text }: { readonly text: string }) {
  // Every second part is what stands between two quotes.
  const parts = text.split(/"((?:[^"\\]|\\.)*)"/);
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
