/** Something of another system cannot be said here; whoever reads the item decides about its fate. */
export class NotCarried extends Error {
  override readonly name = "NotCarried";
}
