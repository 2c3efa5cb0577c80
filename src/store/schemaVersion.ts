/** The version of the store's tables. */

/** The number of steps in `steps.ts`; repeated here so that inspecting a store loads nothing else. */
export const currentVersion = 25;
