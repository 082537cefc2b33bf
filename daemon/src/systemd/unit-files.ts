/** Options of the units. */
export interface UnitOptions {
  /** Absolute path of the `vexil` to start. */
  readonly command: string;
  /** Directory of the node that runs it, when that is none where services look. */
  readonly nodeDirectory: string | undefined;
  /** Major version of systemd. */
  readonly systemd: number;
  /** Addresses that the socket unit listens on, in systemd.socket(5)'s form. */
  readonly listen: string;
}

export type UnitKind = "service" | "socket";

/** The text of a unit, for the given systemd. */
export function unitFile(kind: UnitKind, options: UnitOptions): string {
  return kind === "service" ? service(options) : socket(options);
}

/** Type=notify-reload came with 253; older ones ignore it with a warning that nobody sees, and reload by a signal. */
const NOTIFY_RELOAD = 253;

function service({ command, nodeDirectory, systemd }: UnitOptions): string {
  const type =
    systemd >= NOTIFY_RELOAD ? ["Type=notify-reload"] : ["Type=notify", "ExecReload=/bin/kill -HUP $MAINPID"];
  const path =
    nodeDirectory === undefined ? [] : [`Environment=${quoted(`PATH=${nodeDirectory}:/usr/local/bin:/usr/bin:/bin`)}`];
  return `[Unit]
Description=Vexil feature flags
Wants=network-online.target
After=network-online.target

[Service]
${type.join("\n")}
ExecStart=${quoted(command)} serve
${["Environment=NODE_ENV=production", ...path].join("\n")}
# Messages come from a short-lived child of the daemon.
NotifyAccess=all
User=vexil
Group=vexil
StateDirectory=vexil
StateDirectoryMode=0750
WorkingDirectory=%S/vexil
UMask=0027
# A secret that the configuration names by \${credential:git-token}:
#LoadCredential=git-token:/etc/vexil/git-token

# A first load may take ten minutes; what fails ends by itself.
TimeoutStartSec=infinity
# Requests in flight get server.shutdown_timeout, 30 s by default. Only the daemon itself is told to stop: it ends its
# workers and what it runs.
TimeoutStopSec=45s
KillMode=mixed
WatchdogSec=30s
Restart=on-failure
RestartSec=5s
LimitNOFILE=65536

# V8 compiles at run time, so MemoryDenyWriteExecute= cannot be set.
AmbientCapabilities=
CapabilityBoundingSet=
DevicePolicy=closed
LockPersonality=yes
NoNewPrivileges=yes
PrivateDevices=yes
PrivateTmp=yes
PrivateUsers=yes
ProcSubset=pid
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=strict
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources

[Install]
WantedBy=multi-user.target
`;
}

/** As systemd.syntax(7) and systemd.unit(5), "SPECIFIERS", want it; what is plain stays as it is. */
function quoted(text: string): string {
  const plain = text.replaceAll("%", "%%");
  return /[\s;]/.test(plain) ? `"${plain}"` : plain;
}

/** Where the unit's hardening lets the service see nothing (ProtectHome=, PrivateTmp=). */
const HIDDEN = ["/home/", "/root/", "/run/user/", "/tmp/", "/var/tmp/"];

/** Of the programs that a service would start, those that it could not see. */
export function hiddenPrograms({ command, nodeDirectory }: UnitOptions): readonly string[] {
  const programs = nodeDirectory === undefined ? [command] : [command, `${nodeDirectory}/node`];
  return programs.filter((program) => HIDDEN.some((directory) => program.startsWith(directory)));
}

function socket({ listen }: UnitOptions): string {
  return `[Unit]
Description=Vexil feature flags, the socket that stays open while the daemon restarts

[Socket]
ListenStream=${listen}
NoDelay=yes
Backlog=4096

[Install]
WantedBy=sockets.target
`;
}
