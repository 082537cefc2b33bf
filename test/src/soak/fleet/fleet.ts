import { join } from "node:path";
import { type PostgresServer, postgresServer } from "../../helpers/databases/postgres-server.js";
import { type Scope, temporaryDirectory } from "../../helpers/files/temporary-directory.js";
import { startGitHttpServer } from "../../helpers/git-servers/git-http-server.js";
import { type EdgeGateway, startEdgeGateway } from "../../helpers/network/edge-gateway.js";
import { temporaryRepository } from "../../helpers/repositories/temporary-repository.js";
import { RemoteBranch } from "../remote-branch.js";
import { counterFile, NAMESPACES } from "./fleet-client.js";
import { FleetMember, type MemberName } from "./fleet-member.js";

/**
 * Two daemons on one database that follow one remote; edges of them through a gateway: `near` and `witness` in memory,
 * `kept` on disk, which forwards changes, and `far`, an edge of `near`.
 */
export interface Fleet {
  readonly database: PostgresServer;
  readonly branch: RemoteBranch;
  readonly gateway: EdgeGateway;
  readonly members: Readonly<Record<MemberName, FleetMember>>;
}

export async function openFleet(scope: Scope): Promise<Fleet> {
  const files = Object.fromEntries(NAMESPACES.map((name) => [`${name}/features.yaml`, counterFile(name, 0)]));
  const repository = await temporaryRepository(scope, { files });
  const branch = new RemoteBranch(repository);
  await branch.prepare();
  const database = await postgresServer(scope);
  const backend = { type: "postgres", url: database.url({ database: await database.newDatabase() }) };
  const { url: remote } = await startGitHttpServer(scope, repository.path);
  const storage = { default: { backend, remote, poll_interval: "1s" } };
  const a = await FleetMember.open(scope, "a", { storage });
  const b = await FleetMember.open(scope, "b", { storage });
  const gateway = await startEdgeGateway(scope, a.url);
  const edge = (name: MemberName, upstream: string, settings: object = {}, workers = 1): Promise<FleetMember> =>
    FleetMember.open(scope, name, { server: { workers }, edge: { upstream, poll_interval: "1s", ...settings } });
  const near = await edge("near", gateway.url, {}, 2);
  const path = join(await temporaryDirectory(scope), "kept");
  const kept = await edge("kept", gateway.url, { path, writes: "forward" });
  const far = await edge("far", near.url);
  const witness = await edge("witness", gateway.url);
  return { database, branch, gateway, members: { a, b, near, kept, far, witness } };
}
