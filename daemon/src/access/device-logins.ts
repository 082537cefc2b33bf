import type { DeviceFlow, DeviceLogin, Login } from "@vexil/plugin-api";
import { AttemptLimit } from "./attempt-limit.js";
import { DeviceCodes } from "./device-codes.js";
import type { LoginAttempt, LoginAttempts, LoginPlace } from "./login-attempts.js";
import { ProviderWaits } from "./provider-waits.js";
import type { BegunSession } from "./sessions/sessions.js";

/** Requests of one client that are under way: begun logins, and as many questions. */
const MOST_RUNNING = 10;
/** Requests that wait for one provider at the same time. Logins by a browser have places of their own. */
const MOST_WAITING = 50;

export interface DeviceLoginsOptions {
  readonly attempts: LoginAttempts;
  /** @throws VexilError where there are no logins by device code */
  readonly deviceAt: (place: LoginPlace) => DeviceLogin;
  readonly begin: (attempt: LoginAttempt, login: Login) => Promise<BegunSession>;
}

/** Logins by device code. Anybody can begin them, and ask about them all the time; the provider is asked less often. */
export class DeviceLogins {
  readonly #options: DeviceLoginsOptions;
  readonly #begins = new AttemptLimit("logins by device code", MOST_RUNNING);
  readonly #polls = new AttemptLimit("questions about device codes", MOST_RUNNING);
  readonly #waits = new ProviderWaits(MOST_WAITING, 2 * MOST_RUNNING);
  readonly #codes = new DeviceCodes();

  constructor(options: DeviceLoginsOptions) {
    this.#options = options;
  }

  /** Begins a login that is finished in another device's browser. */
  async begin(attempt: LoginAttempt): Promise<DeviceFlow> {
    const { provider, client, signal } = attempt;
    const device = this.#options.deviceAt(attempt);
    const over = this.#begins.begin(client);
    try {
      const flow = await this.#waits.hold(attempt, () => device.begin(provider, signal));
      this.#codes.begun(attempt, flow);
      return flow;
    } finally {
      over(true);
    }
  }

  /**
   * @returns the session that has begun; until the user has finished, how long to wait for the next question
   * @throws VexilError when nobody is logged in by this code
   */
  async poll(attempt: LoginAttempt, deviceCode: string): Promise<BegunSession | "pending" | "slow_down"> {
    const { provider, client, signal } = attempt;
    const { attempts, deviceAt, begin } = this.#options;
    const device = deviceAt(attempt);
    const over = this.#polls.begin(client);
    try {
      if (!this.#codes.mayAsk(attempt, deviceCode)) return "slow_down";
      return await attempts.run(attempt, () =>
        this.#waits.hold(attempt, async () => {
          const login = await device.poll(provider, deviceCode, signal);
          if (login === "slow_down") this.#codes.slowDown(attempt, deviceCode);
          return typeof login === "string" ? login : begin(attempt, login);
        }),
      );
    } finally {
      over(false);
    }
  }
}
