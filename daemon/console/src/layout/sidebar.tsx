import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useFeatures } from "../api/features.js";
import { infoQuery } from "../api/queries.js";
import { Icon, type IconName } from "../ui/icons.js";
import { PlaceSwitch } from "./place-switch.js";
import styles from "./sidebar.module.css";
import { usePlace } from "./use-place.js";

const PLACES = "/environments/$environment/namespaces/$namespace";

export function Sidebar({ open }: { readonly open: boolean }) {
  const place = usePlace();
  const features = useFeatures();
  const { data: info } = useQuery(infoQuery);
  return (
    <nav className={`${styles.side} ${open ? styles.open : ""}`} aria-label="Main">
      {place && <PlaceSwitch place={place} />}
      <ul className={styles.links}>
        {place && (
          <>
            <Entry to={`${PLACES}/flags`} params={place} icon="flag" label="Flags" />
            <Entry to={`${PLACES}/segments`} params={place} icon="segment" label="Segments" />
            <Entry to={`${PLACES}/playground`} params={place} icon="play" label="Playground" />
            {features.history && <Entry to={`${PLACES}/history`} params={place} icon="history" label="History" />}
            {features.branches && <Entry to={`${PLACES}/branches`} params={place} icon="branch" label="Branches" />}
          </>
        )}
        {features.status && <Entry to="/status" params={{}} icon="status" label="Status" />}
        {place && <Entry to={`${PLACES}/settings`} params={place} icon="settings" label="Settings" />}
      </ul>
      {info?.build.version && <p className={styles.foot}>Version {info.build.version}</p>}
    </nav>
  );
}

interface EntryProps {
  readonly to: string;
  readonly params: object;
  readonly icon: IconName;
  readonly label: string;
}

function Entry({ to, params, icon, label }: EntryProps) {
  return (
    <li>
      <Link to={to} params={params} activeOptions={{ includeSearch: false }} className={styles.link}>
        <Icon name={icon} />
        {label}
      </Link>
    </li>
  );
}
