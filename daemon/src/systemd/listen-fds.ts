type Env = Readonly<Record<string, string | undefined>>;

/** The first descriptor that socket activation hands over (sd_listen_fds(3)). */
const FIRST = 3;

/** The listening socket that the service manager holds for this process; undefined when there is none, or it is another's. */
export function listenFd(env: Env, pid: number): number | undefined {
  if (Number(env.LISTEN_PID) !== pid) return undefined;
  return Number(env.LISTEN_FDS) >= 1 ? FIRST : undefined;
}
