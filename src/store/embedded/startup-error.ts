/** The one error that ends a start with a plain sentence for the operator. */

/** `message` is complete, holds no secret, and says what to do; print it without a stack and exit. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}
