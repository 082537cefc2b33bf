import { Link } from "@tanstack/react-router";
import { Empty } from "../ui/states.js";
import { useTitle } from "../ui/use-title.js";

export function NotFoundPage() {
  useTitle("No such page");
  return (
    <Empty isPage icon="search" title="There is no such page">
      <p>
        The address may be mistyped. <Link to="/">Go to the flags</Link>.
      </p>
    </Empty>
  );
}
