import { defineModule } from "../di/module.js";
import { Storages, StoragesToken } from "./storages.js";

export const storagesModule = defineModule((bind) => {
  bind.factory(StoragesToken, [], () => new Storages());
});
