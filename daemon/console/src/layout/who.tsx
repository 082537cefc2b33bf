import { useQuery } from "@tanstack/react-query";
import { infoQuery, selfQuery } from "../api/queries.js";
import { logout } from "../login/logout.js";
import { IconButton } from "../ui/button.js";
import styles from "./top-bar.module.css";

/** Claims that name somebody, the most telling first. */
const CLAIMS = ["name", "preferred_username", "email"] as const;

/** The user who is logged in; nothing where nobody has to be. */
export function Who() {
  const { data: info } = useQuery(infoQuery);
  const { data: self } = useQuery({ ...selfQuery, enabled: info?.authentication.required === true });
  if (self === undefined) return null;
  const known = Object.entries(self.metadata);
  const [name] = CLAIMS.flatMap((claim) => known.find(([key]) => key.endsWith(`.${claim}`))?.[1] || []);
  return (
    <>
      <span className={`${styles.who} soft small`}>
        <bdi>{name ?? self.id}</bdi>
      </span>
      <IconButton icon="logout" label="Log out" onClick={() => void logout()} />
    </>
  );
}
