import { defineAuthorization } from "@vexil/plugin-api";
import { RoleRights } from "./role-rights.js";
import { type RolesSettings, rolesSettings } from "./settings.js";

export default defineAuthorization<RolesSettings>({
  name: "roles",
  schema: rolesSettings,
  create: async (settings) => new RoleRights(settings),
});
