import { useBlocker } from "@tanstack/react-router";
import { Button } from "./button.js";
import { Dialog, DialogFoot } from "./dialog.js";

interface LeaveGuardProps {
  /** Asked when it is left: there is something to lose. */
  readonly active: () => boolean;
  /** Called when it is left nevertheless. */
  readonly onLeave?: () => void;
}

interface Address {
  readonly pathname: string;
  readonly search: object;
}

/** The form is not at the next address: another page, or its page without it. */
const isLeft = (current: Address, next: Address): boolean =>
  current.pathname !== next.pathname || ("edit" in current.search && !("edit" in next.search));

/** Asks before what is not saved is left, also where the window is closed. */
export function LeaveGuard({ active, onLeave }: LeaveGuardProps) {
  const { status, proceed, reset } = useBlocker({
    // Whoever has to log in again comes back to what is kept.
    shouldBlockFn: ({ current, next }) => active() && isLeft(current, next) && next.pathname !== "/login",
    enableBeforeUnload: active,
    withResolver: true,
  });
  if (status !== "blocked") return null;
  return (
    <Dialog title="Leave without saving?" onClose={reset}>
      <p>What you changed here is not saved, and would be lost.</p>
      <DialogFoot>
        <Button onClick={reset}>Stay here</Button>
        <Button
          look="danger"
          onClick={() => {
            onLeave?.();
            proceed();
          }}
        >
          Leave and lose it
        </Button>
      </DialogFoot>
    </Dialog>
  );
}
