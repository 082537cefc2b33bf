import { useQuery } from "@tanstack/react-query";
import { infoQuery, selfQuery } from "../api/queries.js";
import { logout } from "../login/logout.js";
import { IconButton } from "../ui/button.js";
import styles from "./top-bar.module.css";

/** The user who is logged in; nothing where nobody has to be. */
export function Who() {
  const { data: info } = useQuery(infoQuery);
  const { data: self } = useQuery({ ...selfQuery, enabled: info?.authentication.required === true });
  if (self === undefined) return null;
  const name = Object.entries(self.metadata).find(([key]) => /\.(name|preferred_username|email)$/.test(key))?.[1];
  return (
    <>
      <span className={`${styles.who} soft small`}>
        <bdi>{name ?? self.id}</bdi>
      </span>
      <IconButton icon="logout" label="Log out" onClick={() => void logout()} />
    </>
  );
}
