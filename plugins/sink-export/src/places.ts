import { join } from "node:path";

/** Names that stand in addresses and on disks as they are. */
const PLAIN = /^[A-Za-z0-9_,-][A-Za-z0-9_,.-]{0,127}$/;

/** Where things lie in the directory. */
export class Places {
  readonly index: string;
  readonly retirement: string;
  readonly snapshots: string;
  readonly trees: string;
  readonly environments: string;
  readonly root: string;

  constructor(root: string) {
    this.root = root;
    this.index = join(root, "index.json");
    this.retirement = join(root, ".retired.json");
    this.snapshots = join(root, "snapshots");
    this.trees = join(root, "trees");
    this.environments = join(root, "client", "v2", "environments");
  }

  /** Of what the index names. */
  of(name: string): string {
    return join(this.root, name);
  }

  environment(name: string): string {
    return join(this.environments, name);
  }
}

/** Target of the link of an environment. */
export const linkTo = (tree: string): string => `../../../${tree}`;

export const isPlain = (name: string): boolean => PLAIN.test(name) && name !== "__proto__";
