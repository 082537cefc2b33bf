import { defineModule } from "../di/module.js";
import { Tokens } from "../tokens.js";
import { Storages } from "./storages.js";

export const storagesModule = defineModule((bind) => {
  bind.factory(Tokens.Storages, [], () => new Storages());
});
