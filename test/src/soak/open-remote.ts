import type { Scope } from "../helpers/files/temporary-directory.js";
import { fileRemote } from "./file-remote.js";
import { httpRemote } from "./http-remote.js";
import { sshRemote } from "./ssh-remote.js";
import type { RemoteKind, TestedRemote } from "./tested-remote.js";

export function openRemote(kind: RemoteKind, scope: Scope, repository: string): Promise<TestedRemote> {
  switch (kind) {
    case "http":
      return httpRemote(scope, repository);
    case "ssh":
      return sshRemote(scope, repository);
    case "file":
      return fileRemote(scope, repository);
  }
}
