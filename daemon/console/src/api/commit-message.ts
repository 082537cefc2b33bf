/** A message as writes take it: none where nothing was typed. */
export const said = (message: string | undefined): { readonly message?: string } =>
  message === undefined || message.trim() === "" ? {} : { message };
