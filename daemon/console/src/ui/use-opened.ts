import { useNavigate, useRouter } from "@tanstack/react-router";

declare module "@tanstack/react-router" {
  interface HistoryState {
    /** The step before was the same page, without what is opened. */
    readonly isOpened?: true;
  }
}

/** Shows and hides what the address of a page opens. */
export interface Opened<S> {
  /** Opens it, by a step that the browser's Back takes back. */
  readonly open: (search: S) => void;
  /** Changes what is opened: no step of its own. */
  readonly change: (search: S) => void;
  /** Back to the step before, where there is one on this page; else the address is replaced by this one. */
  readonly close: (search: S) => void;
}

/** Dialogs and forms with an address: they can be sent to others, and Back closes them. */
export function useOpened<S extends object>(): Opened<S> {
  const navigate = useNavigate();
  const router = useRouter();
  const go = (search: S, how: object): void => void navigate({ to: ".", search, ...how } as never);
  return {
    open: (search) => go(search, { state: { isOpened: true } }),
    change: (search) => go(search, { replace: true, state: true }),
    close: (search) => {
      if (router.state.location.state.isOpened) router.history.back();
      else go(search, { replace: true });
    },
  };
}
