/** A worker's half of passes: reads them, and has the primary spend links. */
import type { PrimaryPort, WorkerHalf } from "../../process/channel/topic.js";
import type { PassesTopic } from "./messages.js";
import { issuePass, type Pass, passLifeMs, readPass } from "./pass.js";

export interface Session {
	credential: string;
	/** Milliseconds since the epoch. */
	endsAt: number;
}

/** What a gateway does with passes. */
export interface Passes {
	/** Who shows this credential, if it is a pass that makes an administrator. */
	holderOf(credential: string): string | undefined;
	/** Exchanges a link; undefined if it is none, has ended or was used before. */
	exchange(link: string): Promise<Session | undefined>;
}

/** @param spend asks the primary, which knows the links that all workers have seen */
export function createPasses(secret: string, spend: (link: Pass) => Promise<boolean>): Passes {
	return {
		holderOf(credential) {
			const pass = readPass(secret, credential, Date.now());
			return pass === undefined || pass.kind === "link" ? undefined : pass.holder;
		},
		async exchange(link) {
			const now = Date.now();
			const pass = readPass(secret, link, now);
			if (pass?.kind !== "link" || !(await spend(pass))) return undefined;
			const credential = issuePass(secret, "session", pass.holder, now);
			return { credential, endsAt: now + passLifeMs.session };
		},
	};
}

/** Without an answer nobody is let in by a link. */
const patienceMs = 5_000;

export function createWorkerPasses(
	primary: PrimaryPort<PassesTopic>,
	secret: string,
): Passes & WorkerHalf<PassesTopic> {
	return createPasses(secret, (link) => primary.ask("spend", link, { timeoutMs: patienceMs, otherwise: false }));
}
