/** Writes what must not be lost while the store is away. */
import { StoreError } from "./store.js";

const pauseMs = 500;
/** How long it is tried: after it somebody else goes on with what was to be written. */
const triedMs = 60_000;

/**
 * Runs `write` until the store takes it.
 *
 * @param isLeft somebody else goes on with it already
 * @throws StoreError when it has not for too long
 */
export async function untilStored<Result>(
	write: () => Promise<Result>,
	isLeft: () => boolean = () => false,
): Promise<Result> {
	const endsAt = performance.now() + triedMs;
	for (;;) {
		try {
			return await write();
		} catch (error) {
			if (!(error instanceof StoreError) || performance.now() > endsAt || isLeft()) throw error;
			await new Promise((resolve) => setTimeout(resolve, pauseMs));
		}
	}
}
