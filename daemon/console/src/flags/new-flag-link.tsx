import { useRefusal } from "../api/rights.js";
import type { Place } from "../api/types.js";
import { Button } from "../ui/button.js";
import { ButtonLink } from "../ui/button-link.js";

export function NewFlagLink({ place }: { readonly place: Place }) {
  const reason = useRefusal(place, "create");
  if (reason !== undefined) {
    return (
      <Button icon="plus" look="primary" reason={reason}>
        New flag
      </Button>
    );
  }
  return (
    <ButtonLink
      to="/environments/$environment/namespaces/$namespace/new-flag"
      params={place}
      icon="plus"
      look="primary"
    >
      New flag
    </ButtonLink>
  );
}
