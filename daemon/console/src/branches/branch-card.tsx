import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useRefusal } from "../api/rights.js";
import { Button } from "../ui/button.js";
import { Card } from "../ui/card.js";
import { BranchComparison } from "./branch-comparison.js";
import styles from "./branches-page.module.css";
import { DeleteBranch } from "./delete-branch.js";

const PLACES = "/environments/$environment/namespaces/$namespace";

interface BranchCardProps {
  readonly base: string;
  readonly namespace: string;
  readonly branch: string;
  readonly gitBranch: string;
  /** Its differences from the base are shown. */
  readonly isCompared: boolean;
  readonly onCompare: (on: boolean) => void;
}

export function BranchCard({ base, namespace, branch, gitBranch, isCompared, onCompare }: BranchCardProps) {
  const [isDeleted, setDeleted] = useState(false);
  const refusal = useRefusal({ environment: base, namespace }, "delete branch");
  const params = { environment: branch, namespace };
  return (
    <Card
      title={branch.slice(0, 200)}
      bare
      actions={
        <Button icon="trash" reason={refusal} onClick={() => setDeleted(true)}>
          Delete…
        </Button>
      }
    >
      <div className={styles.body}>
        <p className="soft">
          Git branch <bdi className="mono">{gitBranch.slice(0, 200)}</bdi>, made from {base}
        </p>
        <div className={styles.links}>
          <Link to={`${PLACES}/flags`} params={params} search={{}}>
            Flags
          </Link>
          <Link to={`${PLACES}/playground`} params={params} search={{}}>
            Evaluate in it
          </Link>
          <Button icon={isCompared ? "up" : "down"} aria-expanded={isCompared} onClick={() => onCompare(!isCompared)}>
            Compare with {base}
          </Button>
        </div>
      </div>
      {isCompared && <BranchComparison base={base} branch={branch} />}
      {isDeleted && (
        <DeleteBranch base={base} branch={branch} gitBranch={gitBranch} onClose={() => setDeleted(false)} />
      )}
    </Card>
  );
}
