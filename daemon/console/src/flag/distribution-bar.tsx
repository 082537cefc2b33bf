import { ShareBar } from "../ui/share-bar.js";

interface Part {
  readonly name: string;
  readonly percent: number;
}

/** Shares of variants, and what is left of a hundred. */
export function DistributionBar({ shares }: { readonly shares: readonly Part[] }) {
  return (
    <ShareBar
      shares={shares.map(({ name, percent }) => ({ id: name, name, size: percent, words: `${percent}%` }))}
      whole={100}
      rest={(percent) => `${percent}% go on to the next step`}
    />
  );
}
