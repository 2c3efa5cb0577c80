/** The version of the store's tables. */

/** How many steps `tables.ts` has; said here too, so that a look at a store needs nothing loaded. */
export const currentVersion = 8;
