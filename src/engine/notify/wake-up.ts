/** Tells the notifiers of this process that a delivery may be due, so that its first try need not wait for their next look. */

const listeners = new Set<() => void>();

/** Answers how to stop listening. */
export function onDeliveryDue(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function tellNotifiers(): void {
  for (const listener of listeners) listener();
}
