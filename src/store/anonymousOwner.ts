/** Whose records are kept where nobody has a key. */

/** Whoever uses a gateway without keys, whatever credential an SDK insists on. */
export const anonymous = "anonymous";
