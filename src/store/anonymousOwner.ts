/** The owner of everything that is stored without keys. */

/** All callers of a gateway without keys, whatever credential their SDK insists on sending. */
export const anonymous = "anonymous";
