import { useParams } from "@tanstack/react-router";
import { useLive } from "../api/live.js";
import { useTitle } from "../ui/use-title.js";
import { DisplayCard } from "./display-card.js";
import { EnvironmentsCard } from "./environments-card.js";
import { NamespacesCard } from "./namespaces-card.js";
import { SessionCard } from "./session-card.js";

/** Namespaces and environments, and what belongs to whoever looks. */
export function SettingsPage() {
  const place = useParams({ from: "/shell/environments/$environment/namespaces/$namespace/settings" });
  useTitle("Settings");
  useLive(place.environment);
  return (
    <div className="page">
      <h1>Settings</h1>
      <NamespacesCard place={place} />
      <EnvironmentsCard place={place} />
      <DisplayCard />
      <SessionCard />
    </div>
  );
}
