import { useQuery } from "@tanstack/react-query";
import { Outlet, useLocation } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { infoQuery } from "../api/queries.js";
import { setDefaultTheme } from "../ui/theme.js";
import { Banner } from "./banner.js";
import { PaletteKey } from "./palette-key.js";
import styles from "./shell.module.css";
import { Sidebar } from "./sidebar.js";
import { TopBar } from "./top-bar.js";

/** Surroundings of every page but the login. */
export function Shell() {
  const [menuOpen, setMenuOpen] = useState(false);
  const { pathname, publicHref } = useLocation();
  const { data: info } = useQuery(infoQuery);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever goes to another page is done with the menu
  useEffect(() => setMenuOpen(false), [pathname]);
  useEffect(() => info && setDefaultTheme(info.ui.theme ?? "system"), [info]);
  return (
    <div className={styles.shell}>
      <a className="skip" href={`${publicHref.replace(/#.*$/, "")}#main`}>
        Skip to the content
      </a>
      <TopBar onMenu={() => setMenuOpen(!menuOpen)} menuOpen={menuOpen} />
      {menuOpen && (
        <button type="button" className={styles.veil} aria-label="Close the menu" onClick={() => setMenuOpen(false)} />
      )}
      <Sidebar open={menuOpen} />
      <main id="main" className={styles.main} tabIndex={-1}>
        <Banner />
        <Outlet />
      </main>
      <PaletteKey />
    </div>
  );
}
