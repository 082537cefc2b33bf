import { useBooleanFlagValue, useStringFlagValue } from "@openfeature/react-sdk";

export function Shop() {
  // The second argument is what is shown until the first answer, and while Vexil cannot be asked.
  const dark = useBooleanFlagValue("dark-mode", false);
  const checkout = useStringFlagValue("checkout-page", "classic");
  return (
    <main style={dark ? { background: "#222", color: "#eee" } : {}}>
      <h1>{dark ? "Dark shop" : "Light shop"}</h1>
      <p>Checkout: {checkout}</p>
    </main>
  );
}
