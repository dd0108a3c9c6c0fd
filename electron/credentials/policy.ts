/** When credentials are made, and when they may go to sleep. */
export interface LifePolicy {
  readonly mintAt: 'creation' | 'first-use';
  /** An unused credential is not renewed after this time, ms; null keeps it alive. */
  readonly lapseAfterMs: number | null;
}

export const defaultLifePolicy: LifePolicy = { mintAt: 'creation', lapseAfterMs: null };
