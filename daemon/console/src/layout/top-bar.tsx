import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { infoQuery } from "../api/queries.js";
import { Button, IconButton } from "../ui/button.js";
import { Icon } from "../ui/icons.js";
import { openPalette } from "./palette-key.js";
import { ThemeButton } from "./theme-button.js";
import styles from "./top-bar.module.css";
import { Who } from "./who.js";

const COLOR = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i;

export function TopBar({ onMenu, menuOpen }: { readonly onMenu: () => void; readonly menuOpen: boolean }) {
  const { data: info } = useQuery(infoQuery);
  const { topbarColor = "", topbarLabel = "" } = info?.ui ?? {};
  return (
    <header className={styles.bar}>
      {COLOR.test(topbarColor) && (
        <svg className={styles.strip} aria-hidden="true" preserveAspectRatio="none" viewBox="0 0 1 1">
          <rect width="1" height="1" fill={topbarColor} />
        </svg>
      )}
      <span className={styles.menu}>
        <IconButton icon="menu" label="Menu" aria-expanded={menuOpen} onClick={onMenu} />
      </span>
      <Link to="/" className={styles.brand}>
        <Icon name="flag" size={24} />
        Vexil
      </Link>
      {topbarLabel !== "" && <span className={styles.label}>{topbarLabel}</span>}
      <Button icon="search" className={styles.find ?? ""} onClick={openPalette}>
        <span>Find or go to…</span>
        <kbd>Ctrl K</kbd>
      </Button>
      <ThemeButton />
      <Who />
    </header>
  );
}
