import { useFeatures } from "../api/features.js";
import { useStatus } from "../api/use-status.js";
import { Empty, Failed, Loading } from "../ui/states.js";
import { useTitle } from "../ui/use-title.js";
import { ServerCard } from "./server-card.js";
import { SinksCard } from "./sinks-card.js";
import { StorageCard } from "./storage-card.js";
import { TailCard } from "./tail-card.js";

/** How each storage is, why, and what to do. */
export function StatusPage() {
  useTitle("Status");
  const { events } = useFeatures();
  const { data, error, refetch } = useStatus();
  if (data === undefined) return error ? <Failed isPage error={error} again={() => void refetch()} /> : <Loading />;
  if (data === null) {
    return (
      <Empty isPage icon="status" title="No status is told here">
        <p>This server has none at this address, or you have no right to see it.</p>
      </Empty>
    );
  }
  return (
    <div className="page">
      <h1>Status</h1>
      {data.storages.length === 0 && (
        <Empty icon="status" title="No storage">
          <p>None is configured, or none that you may see. Name a repository under storage in the configuration.</p>
        </Empty>
      )}
      {data.storages.map((storage) => (
        <StorageCard key={storage.id} storage={storage} />
      ))}
      {data.sinks && data.sinks.length > 0 && <SinksCard sinks={data.sinks} />}
      <ServerCard status={data} />
      {events && <TailCard />}
    </div>
  );
}
