import { useMemo } from "react";
import { Time } from "../ui/ago.js";
import { Card } from "../ui/card.js";
import { Select } from "../ui/field.js";
import { chooseTheme, THEMES, type Theme, useTheme } from "../ui/theme.js";
import { chooseTimes, ownZone, type TimeChoice, useTimeChoice, ZONES } from "../ui/time-zone.js";
import styles from "./settings.module.css";

const THEME_WORDS: Readonly<Record<Theme, string>> = { system: "As the system has it", light: "Light", dark: "Dark" };

/** How pages look in this browser. */
export function DisplayCard() {
  const theme = useTheme();
  const { zone, style } = useTimeChoice();
  const now = useMemo(() => new Date().toISOString(), []);
  return (
    <Card title="Display">
      <div className="stack">
        <div className={styles.fields}>
          <Select label="Theme" value={theme} onChange={({ target }) => chooseTheme(target.value as Theme)}>
            {THEMES.map((one) => (
              <option key={one} value={one}>
                {THEME_WORDS[one]}
              </option>
            ))}
          </Select>
          <Select
            label="Time zone"
            value={zone ?? ""}
            onChange={({ target }) => chooseTimes({ zone: target.value === "" ? undefined : target.value })}
          >
            <option value="">The browser's ({ownZone()})</option>
            {ZONES.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </Select>
          <Select
            label="Times are shown as"
            value={style}
            onChange={({ target }) => chooseTimes({ style: target.value as TimeChoice["style"] })}
          >
            <option value="relative">How long ago</option>
            <option value="exact">Date and time</option>
          </Select>
        </div>
        <p className="soft small">
          Kept in this browser alone. It is now <Time time={now} />.
        </p>
      </div>
    </Card>
  );
}
