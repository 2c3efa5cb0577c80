// How a load process ends: it tells its parent the result, or goes when the parent has gone.

/** @param {object} message */
export function sayAndEnd(message) {
	process.send?.(message, undefined, undefined, () => process.exit());
}

process.on("disconnect", () => process.exit());
