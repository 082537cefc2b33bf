/** Where a value of the configuration came from. `reference`: it stood there as `${env:…}`. */
export type Origin =
  | { readonly from: "file"; readonly file: string; readonly line: number | undefined; readonly reference?: string }
  | { readonly from: "variable"; readonly name: string; readonly reference?: string }
  | { readonly from: "default" };

export type ConfigPath = readonly string[];

export type ConfigMap = { [key: string]: unknown };

/** True for a plain map, as the parsers make them. */
export function isMap(value: unknown): value is ConfigMap {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** How messages write a path. Parts with dots are quoted, so that the path stays readable. */
export function formatPath(path: ConfigPath): string {
  return path.map((part) => (/[.\s]/.test(part) ? `"${part}"` : part)).join(".");
}

/** How messages write an origin: `vexil.yaml:12`, a variable's name, or `default`. */
export function formatOrigin(origin: Origin): string {
  if (origin.from === "default") return "default";
  const place =
    origin.from === "variable"
      ? origin.name
      : origin.line === undefined
        ? origin.file
        : `${origin.file}:${origin.line}`;
  return origin.reference === undefined ? place : `${place} ${origin.reference}`;
}

/**
 * The configuration before it is decoded: nested maps with lower-cased keys, and for each value where it came from.
 * Ids may hold any character, so a path is a list of keys.
 */
export class ConfigTree {
  readonly root: ConfigMap = Object.create(null) as ConfigMap;
  readonly #origins = new Map<string, Origin>();

  get(path: ConfigPath): unknown {
    let value: unknown = this.root;
    for (const part of path) {
      if (!isMap(value) || !Object.hasOwn(value, part)) return undefined;
      value = value[part];
    }
    return value;
  }

  /** Sets a value and makes the maps on the way; what is no map there gives way. */
  set(path: ConfigPath, value: unknown, origin: Origin): void {
    let map = this.root;
    for (const part of path.slice(0, -1)) {
      const next = Object.hasOwn(map, part) ? map[part] : undefined;
      if (isMap(next)) map = next;
      else {
        const made = Object.create(null) as ConfigMap;
        map[part] = made;
        map = made;
      }
    }
    const last = path.at(-1);
    if (last === undefined) return;
    map[last] = value;
    this.#origins.set(key(path), origin);
  }

  /** Sets a value only where there is none, nor anything above that is no map: that is a fault to report. */
  setDefault(path: ConfigPath, value: unknown): void {
    if (this.get(path) !== undefined) return;
    for (let length = 1; length < path.length; length += 1) {
      const above = this.get(path.slice(0, length));
      if (above !== undefined && !isMap(above)) return;
    }
    this.set(path, value, { from: "default" });
  }

  /** The origin of the value, else of the nearest thing above it that has one. */
  origin(path: ConfigPath): Origin {
    for (let length = path.length; length > 0; length -= 1) {
      const origin = this.#origins.get(key(path.slice(0, length)));
      if (origin !== undefined) return origin;
    }
    return { from: "default" };
  }

  /** The ids of a map such as `storage`; none when it is absent. */
  ids(path: ConfigPath): readonly string[] {
    const value = this.get(path);
    return isMap(value) ? Object.keys(value) : [];
  }
}

function key(path: ConfigPath): string {
  return path.join("\0");
}
