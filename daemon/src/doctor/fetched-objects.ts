import type { Backend, GitObject } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";

/** Objects that were fetched, for reading only: nothing is stored anywhere. */
export function fetchedObjects(objects: readonly GitObject[]): Backend {
  const byId = new Map(objects.map((object) => [object.oid, object]));
  const readOnly = async (): Promise<never> => {
    throw new VexilError("VEXIL_REFUSED_READ_ONLY", "vexil doctor writes nothing");
  };
  return {
    objects: {
      read: async (oids) => {
        const found = new Map<string, GitObject>();
        for (const oid of oids) {
          const object = byId.get(oid);
          if (object !== undefined) found.set(oid, object);
        }
        return found;
      },
      write: readOnly,
    },
    refs: { list: async () => new Map(), compareAndSwap: readOnly },
    close: async () => {},
  };
}
