/** The primary's half of passes: issues them, and sees to it that a link is used once. */
import type { PrimaryHalf } from "../../process/channel/topic.js";
import type { PassesTopic } from "./messages.js";
import { issuePass, newPassSecret, type Pass, type PassKind } from "./pass.js";

export interface PrimaryPasses extends PrimaryHalf<PassesTopic> {
	/** For workers. */
	readonly secret: string;
	issue(kind: PassKind): string;
	/** Whether the link is used for the first time. */
	spend(link: Pass): boolean;
}

/** @param holder the name of the user that the gateway runs as. @param now milliseconds since the epoch */
export function createPrimaryPasses(holder: string, now: () => number = Date.now): PrimaryPasses {
	const secret = newPassSecret();
	/** When each link ends, by its id. */
	const spent = new Map<string, number>();
	const spend = ({ id, endsAt }: Pass): boolean => {
		for (const [other, otherEndsAt] of spent) if (otherEndsAt <= now()) spent.delete(other);
		const isFirst = endsAt > now() && !spent.has(id);
		spent.set(id, endsAt);
		return isFirst;
	};
	return {
		topic: "passes",
		secret,
		issue: (kind) => issuePass(secret, kind, holder, now()),
		spend,
		join: () => ({ snapshot: () => secret, answers: { spend } }),
	};
}
