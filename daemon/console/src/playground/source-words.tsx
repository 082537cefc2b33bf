import { Link } from "@tanstack/react-router";
import type { Place, Step } from "../api/types.js";
import { Ago } from "../ui/ago.js";

type Source = Step["source"];

/** Where something is written, and the commit that changed it last. */
export function SourceWords({ place, source }: { readonly place: Place; readonly source: Source }) {
  const { file, line, column, commit, author, time } = source;
  const at = [file, line, column].filter((part) => part !== undefined).join(":");
  return (
    <span className="soft small">
      <code>
        <bdi>{at}</bdi>
      </code>
      {commit !== undefined && (
        <>
          {" · "}
          <Link
            to="/environments/$environment/namespaces/$namespace/history"
            params={{ ...place }}
            search={{ base: `${commit}~1`, head: commit }}
            title={commit}
          >
            <code>{commit.slice(0, 8)}</code>
          </Link>
        </>
      )}
      {author !== undefined && <bdi> by {author}</bdi>}
      {time !== undefined && (
        <>
          , <Ago time={time} />
        </>
      )}
    </span>
  );
}
