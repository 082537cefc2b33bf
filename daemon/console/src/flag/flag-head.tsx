import { useFeatures } from "../api/features.js";
import { useRefusal } from "../api/rights.js";
import type { Flag, Place } from "../api/types.js";
import { Badge } from "../ui/badge.js";
import { ButtonLink } from "../ui/button-link.js";
import { CopyText } from "../ui/copy-text.js";
import { Switch } from "../ui/switch.js";
import { FlagActions } from "./actions/flag-actions.js";
import styles from "./flag-page.module.css";
import { TypeBadge } from "./type-badge.js";
import { useToggle } from "./use-toggle.js";

interface FlagHeadProps {
  readonly place: Place;
  readonly flag: Flag;
  readonly revision: string;
  readonly onEdit: () => void;
}

export function FlagHead({ place, flag, revision, onEdit }: FlagHeadProps) {
  const { busy, toggle } = useToggle(place);
  const reason = useRefusal(place, "update");
  const { explain } = useFeatures();
  const name = flag.name === "" ? flag.key : flag.name;
  return (
    <div className="page-head">
      <div className="stack">
        <div className={styles.title}>
          <Switch
            on={flag.enabled}
            label={`${name.slice(0, 100)} is on`}
            disabled={busy !== undefined}
            reason={reason}
            onChange={() => toggle(flag, revision)}
          />
          <h1>
            <bdi>{name.slice(0, 2_000)}</bdi>
          </h1>
          <TypeBadge type={flag.type} />
          <Badge text={flag.enabled ? "On" : "Off"} tone={flag.enabled ? "good" : "plain"} />
        </div>
        <div className={styles.key}>
          <code>
            <bdi>{flag.key}</bdi>
          </code>
          <CopyText text={flag.key} label="Copy the key" />
        </div>
        {flag.description !== "" && (
          <p className={`soft ${styles.description}`}>
            <bdi>{flag.description}</bdi>
          </p>
        )}
      </div>
      <div className="row wrap">
        {explain && (
          <ButtonLink
            to="/environments/$environment/namespaces/$namespace/playground"
            params={place}
            search={{ flag: flag.key }}
            icon="play"
          >
            Try it in the playground
          </ButtonLink>
        )}
        <FlagActions place={place} flag={flag} revision={revision} onEdit={onEdit} />
      </div>
    </div>
  );
}
