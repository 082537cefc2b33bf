/** Parts of the page of branches that are open, as the address has it. */
export interface BranchesSearch {
  /** Key of the branch that is compared with its base. */
  readonly compare?: string;
  /** Key that a new branch is to have; empty: whoever comes has to say. */
  readonly new?: string;
}

export function readBranchesSearch({ compare, new: key }: Record<string, unknown>): BranchesSearch {
  return {
    ...(compare === undefined ? {} : { compare: String(compare) }),
    ...(key === undefined ? {} : { new: String(key) }),
  };
}
