import { Diff } from "../../ui/diff.js";
import { Group } from "../../ui/group.js";
import type { NeededSegment } from "./copy-flag.js";

interface CopiedSegmentsProps {
  readonly segments: readonly NeededSegment[];
  readonly isReplaced: (key: string) => boolean;
  readonly onReplace: (key: string, on: boolean) => void;
}

/** Segments that a copied flag needs: those that are missing come with it, for those that differ one is asked. */
export function CopiedSegments({ segments, isReplaced, onReplace }: CopiedSegmentsProps) {
  const missing = segments.filter(({ there }) => there === undefined);
  const others = segments.filter(({ there }) => there !== undefined);
  return (
    <>
      {missing.length > 0 && (
        <p>
          It needs segments that are not there; they are copied with it, a commit each:{" "}
          <bdi className="mono">{missing.map(({ own }) => own.key).join(", ")}</bdi>
        </p>
      )}
      {others.length > 0 && (
        <Group title="Segments of these keys are something else there">
          {others.map(({ own, there }) => (
            <div key={own.key} className="stack">
              <label className="row">
                <input
                  type="checkbox"
                  checked={isReplaced(own.key)}
                  onChange={({ target }) => onReplace(own.key, target.checked)}
                />
                <span>
                  Replace <bdi className="mono">{own.key.slice(0, 100)}</bdi>, for all flags there
                </span>
              </label>
              <Diff before={there} after={own} label={`What replacing ${own.key.slice(0, 100)} changes`} />
            </div>
          ))}
        </Group>
      )}
    </>
  );
}
