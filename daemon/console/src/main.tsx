import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { holdToken } from "./api/token.js";
import { reloadKeptPage } from "./app/kept-page.js";
import { createQueryClient } from "./app/query-client.js";
import { createConsoleRouter } from "./app/router.js";
import { applyTheme } from "./ui/theme.js";
import { Toasts } from "./ui/toasts.js";
import "./styles/tokens.css";
import "./styles/base.css";

applyTheme();
reloadKeptPage();
const queries = createQueryClient(() => {
  const { pathname, href } = router.state.location;
  if (pathname === "/login") return;
  holdToken(undefined);
  void router.navigate({ to: "/login", search: { to: href }, replace: true });
});
const router = createConsoleRouter(queries);
const root = document.getElementById("root");
if (root === null) throw new Error("the page has no root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <Toasts>
        <RouterProvider router={router} />
      </Toasts>
    </QueryClientProvider>
  </StrictMode>,
);
