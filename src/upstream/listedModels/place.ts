/** An upstream's URL as it may be shown. */

/** Without a query, in which a credential may stand. */
export function placeOf(url: string): string {
	const { origin, pathname } = new URL(url);
	return origin + pathname;
}
