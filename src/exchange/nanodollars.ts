/** Money as the gateway counts it. */

/**
 * Money is counted in billionths of a dollar: a whole number, so that sums are exact, up to nine million dollars. A price of
 * a tenth of a cent for a million tokens is one of them for each token.
 */
export type Nanodollars = number;
