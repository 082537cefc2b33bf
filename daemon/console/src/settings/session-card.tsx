import { useQuery } from "@tanstack/react-query";
import { hasStatus, wordsOf } from "../api/api-error.js";
import { infoQuery, selfQuery } from "../api/queries.js";
import { heldToken } from "../api/token.js";
import { logout } from "../login/logout.js";
import { Time } from "../ui/ago.js";
import { Button } from "../ui/button.js";
import { Card } from "../ui/card.js";
import styles from "./settings.module.css";

const MOST = 20;

/** The caller for whom the server takes the viewer, and until when. */
export function SessionCard() {
  const { data: info } = useQuery(infoQuery);
  const isUnasked = info?.authentication.required === false;
  // Where nobody logs in there may be nothing to ask.
  const isAsked = info !== undefined && (!isUnasked || heldToken() !== undefined);
  const { data: self, error } = useQuery({ ...selfQuery, enabled: isAsked });
  const isNobody = (isUnasked && !isAsked) || hasStatus(error, 401, 404, 501);
  return (
    <Card
      title="Your session"
      actions={
        self && (
          <Button icon="logout" onClick={() => void logout()}>
            End this session
          </Button>
        )
      }
    >
      {self ? (
        <dl className={styles.pairs}>
          <dt>Known as</dt>
          <dd>
            <bdi className="mono">{self.id.slice(0, 300)}</bdi>
          </dd>
          <dt>By</dt>
          <dd>{self.method.replace(/^METHOD_/, "").toLowerCase()}</dd>
          {self.createdAt !== undefined && (
            <>
              <dt>Since</dt>
              <dd>
                <Time time={self.createdAt} />
              </dd>
            </>
          )}
          <dt>Until</dt>
          <dd>{self.expiresAt === undefined ? "no end" : <Time time={self.expiresAt} />}</dd>
          {Object.entries(self.metadata)
            .slice(0, MOST)
            .map(([name, value]) => (
              <Pair key={name} name={name} value={value} />
            ))}
        </dl>
      ) : (
        <p className="soft">
          {isNobody
            ? isUnasked
              ? "Nobody has to log in here: who has the address may see and change everything."
              : "You are not logged in."
            : error
              ? wordsOf(error)
              : "Loading…"}
        </p>
      )}
    </Card>
  );
}

function Pair({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <>
      <dt>
        <bdi>{name.slice(0, 100)}</bdi>
      </dt>
      <dd>
        <bdi>{value.slice(0, 500)}</bdi>
      </dd>
    </>
  );
}
