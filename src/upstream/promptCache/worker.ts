/** A worker's half of prompt caches: all homes at hand, each change told to the primary, and turns asked of it when needed. */
import type { PrimaryPort, WorkerHalf } from "../../process/channel/topic.js";
import { hashText } from "../routing/hash.js";
import type { HomeView } from "../routing/targetView.js";
import { type Home, type HomeEntry, Homes, homeAfter } from "./homes.js";
import type { WarmthTopic } from "./messages.js";
import { type Turn, TurnStore } from "./turnStore.js";

export interface Warmth {
	/** @param conversation key of the conversation */
	homeOf(route: string, conversation: number): HomeView | undefined;
	noteHome(route: string, conversation: number, target: string): void;
	/** The latest turns of a session, in any worker. */
	recall(session: number): Promise<readonly Turn[]>;
	/** @param replaced the id of the turn that it goes on from */
	noteTurn(session: number, turn: Turn, replaced: number | undefined): void;
}

/** A home that stays the same is told to others no more often. */
const tellEveryMs = 5_000;
/** The answer to a request isn't held up for longer. */
const recallMs = 1_000;

export function createWorkerWarmth(
	{ send, ask }: PrimaryPort<WarmthTopic>,
	snapshot: readonly HomeEntry[],
): Warmth & WorkerHalf<WarmthTopic> {
	const homes = new Homes();
	for (const entry of snapshot) homes.add(...entry);
	/** When those of this worker were told last. */
	const told = new Homes();
	return {
		...warmthIn(homes, (key, home) => {
			const before = told.of(key);
			if (before?.target === home.target && home.usedAt - before.usedAt < tellEveryMs) return;
			told.add(key, home);
			send({ topic: "warmth", kind: "home", entry: [key, home] });
		}),
		recall: (session) => ask("recall", session, { timeoutMs: recallMs, otherwise: [] }),
		noteTurn: (session, turn, replaced) => send({ topic: "warmth", kind: "turn", session, turn, replaced }),
		receive({ entry: [key, home] }) {
			told.add(key, home);
			homes.add(key, home);
		},
	};
}

/** For a gateway without a primary. */
export function createLocalWarmth(): Warmth {
	const turns = new TurnStore();
	return {
		...warmthIn(new Homes(), () => {}),
		recall: async (session) => turns.of(session),
		noteTurn: (session, turn, replaced) => turns.add(session, turn, replaced),
	};
}

function warmthIn(homes: Homes, tell: (key: number, home: Home) => void): Pick<Warmth, "homeOf" | "noteHome"> {
	return {
		homeOf: (route, conversation) => homes.of(keyOf(route, conversation)),
		noteHome(route, conversation, target) {
			const key = keyOf(route, conversation);
			const home = homeAfter(homes.of(key), target, Date.now());
			homes.add(key, home);
			tell(key, home);
		},
	};
}

/** A conversation may go on at several routes. */
function keyOf(route: string, conversation: number): number {
	return (conversation + hashText(route) * 2 ** 20) % Number.MAX_SAFE_INTEGER;
}
