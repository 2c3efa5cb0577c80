/** Which overlays settings name. */

/** All overlays that settings name, in the order in which they apply. */
export function namesOfOverlays({
	contracts = [],
	overlays,
}: {
	contracts?: readonly string[] | undefined;
	overlays: readonly string[];
}): string[] {
	return [...contracts, ...overlays];
}
