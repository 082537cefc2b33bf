import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Scope } from "../files/temporary-directory.js";

/** Waits for lines of a stream. */
export interface Lines {
  readonly all: readonly string[];
  /** The first line from `from` on that fits; the wait ends after a while. */
  until(wanted: RegExp, from?: number): Promise<string>;
}

const DEADLINE_MS = 90_000;

export function linesOf(stream: NodeJS.ReadableStream): Lines {
  const all: string[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: stream }).on("line", (line) => {
    all.push(line);
    for (const look of waiting) look();
  });
  return {
    all,
    until: (wanted, from = 0) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          reject(new Error(`no line fits ${wanted} among:\n${all.slice(from).join("\n")}`));
        }, DEADLINE_MS);
        const look = (): void => {
          const found = all.slice(from).find((line) => wanted.test(line));
          if (found === undefined) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}

// Node has no datagram sockets of Unix kind, so the listener is perl, which every Debian has.
const LISTENER = `
use Socket;
socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die;
(my $name = $ARGV[0]) =~ s/^@/\\0/;
bind($s, pack_sockaddr_un($name)) or die;
$| = 1;
print "bound\\n";
while (defined recv($s, my $m, 65536, 0)) { $m =~ s/\\n/ | /g; print "$m\\n" unless $m eq "BARRIER=1"; }
`;

// Holds a listening socket as a service manager does, and starts the program behind it once for each line it reads.
const HOLDER = `
use Socket; use POSIX ();
socket(my $s, AF_INET, SOCK_STREAM, 0) or die;
bind($s, pack_sockaddr_in(0, INADDR_LOOPBACK)) or die;
listen($s, 1024) or die;
my ($port) = unpack_sockaddr_in(getsockname($s));
my $pid;
$| = 1;
$SIG{TERM} = sub { kill "KILL", $pid if $pid; exit 0 };
print "port $port\\n";
while (my $line = <STDIN>) {
  chomp $line;
  $pid = fork();
  if ($pid == 0) {
    POSIX::dup2(fileno($s), 3) unless fileno($s) == 3;
    $^F = 3;
    use Fcntl; open(my $three, "<&=", 3); fcntl($three, F_SETFD, 0);
    $ENV{LISTEN_FDS} = 1;
    $ENV{LISTEN_PID} = $line eq "foreign" ? 1 : $$;
    open(STDIN, "<", "/dev/null");
    exec { $ARGV[0] } @ARGV;
  }
  print "pid $pid\\n";
  waitpid($pid, 0);
  print "exit $?\\n";
}
`;

/** A notify socket; `messages` has one line for each message, without barriers. */
export async function notifySocket(scope: Scope, name: string): Promise<Lines> {
  const child = spawn("perl", ["-e", LISTENER, name], { stdio: ["ignore", "pipe", "inherit"] });
  scope.teardown(() => end(child));
  const messages = linesOf(child.stdout);
  await messages.until(/^bound$/);
  return messages;
}

export interface SocketHolder {
  readonly port: number;
  readonly lines: Lines;
  /** Starts the program; its process id. `foreign`: LISTEN_PID names another process. */
  start(foreign?: "foreign"): Promise<number>;
}

/** Holds a listening socket, and starts `command` behind it as often as asked. */
export async function socketHolder(
  scope: Scope,
  command: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<SocketHolder> {
  const child = spawn("perl", ["-e", HOLDER, ...command], { ...options, stdio: ["pipe", "pipe", "inherit"] });
  scope.teardown(() => end(child));
  const lines = linesOf(child.stdout);
  const port = Number((await lines.until(/^port /)).slice(5));
  return {
    port,
    lines,
    async start(foreign) {
      const from = lines.all.length;
      child.stdin.write(`${foreign ?? "start"}\n`);
      return Number((await lines.until(/^pid /, from)).slice(4));
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  child.kill("SIGTERM");
  await closed;
}
