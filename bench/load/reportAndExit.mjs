/** How a load process ends: it reports its result to the parent, or exits when the parent has gone. */

/** @param {object} message */
export function reportAndExit(message) {
	process.send?.(message, undefined, undefined, () => process.exit());
}

process.on("disconnect", () => process.exit());
