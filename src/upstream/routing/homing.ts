/** Keeps a conversation with the target whose cache holds it, as long as moving would cost more than staying. */
import type { Route, Target } from "../../settings/routes.js";
import { keyText } from "./affinity.js";
import { conversationKey } from "./conversation.js";
import type { RequestFacts } from "./facts.js";
import { type Leaf, standings } from "./member.js";
import type { HomeView } from "./targetView.js";

/** How many tokens of a prompt without a cache an upstream reads in a millisecond: a large server's pace. */
const tokensPerMs = 10;

/** Whether conversations on the route stay with their target. */
export function sticks({ promptCache }: Route): boolean {
	return promptCache?.sticks === true;
}

/**
 * What the request's conversation is known by: what the strategy keeps together, or else its session, or its beginning.
 *
 * @returns undefined for what is no conversation
 */
export function homeKeyOf({ stages }: Route, facts: RequestFacts): number | undefined {
	const strategy = stages[0]?.strategy;
	if (strategy?.kind === "session_affinity" && strategy.key.by !== "session")
		return conversationKey(keyText(strategy.key, facts));
	return facts.turn === undefined ? undefined : facts.conversation;
}

/** The first turn of a conversation that nothing names is no other's next: many may begin alike. */
export function mayHaveHome({ stages }: Route, { turn }: RequestFacts): boolean {
	const strategy = stages[0]?.strategy;
	return turn === "later" || (strategy?.kind === "session_affinity" && strategy.key.by !== "session");
}

/** How long a request waits for the target that has its cache: no longer than another one would need to read the prompt anew. */
export function patienceMs(route: Route, facts: RequestFacts): number {
	return Math.min(route.retry.maxWaitMs, facts.estimatedTokens / tokensPerMs);
}

/**
 * Whether the conversation should go back to the strategy's choice: once what its turns have cost more at its home is as much as
 * the prompt without a cache costs there (the rule of ski rental). Where prices are unknown or equal, it never is.
 */
function isTooDear({ cost: here }: Target, { cost: there }: Target, turns: number): boolean {
	if (here === undefined || there === undefined) return false;
	const cachedThere = there.cached ?? there.input;
	const more = (here.cached ?? here.input) - cachedThere;
	return more > 0 && turns * more >= Math.max(0, there.input - cachedThere);
}

/**
 * Moves the home to the front of a stage's targets, which are in the strategy's order. One that is not ready, or has the weight 0,
 * is no home any more.
 */
export function putHomeFirst(leaves: Leaf[], home: HomeView): void {
	const at = leaves.findIndex(({ target }) => target.name === home.target);
	const leaf = leaves[at];
	const [first] = leaves;
	if (at < 1 || leaf === undefined || first === undefined || leaf.isReserve || leaf.standing !== standings.ready)
		return;
	if (first.standing === leaf.standing && isTooDear(leaf.target, first.target, home.turns)) return;
	leaves.splice(at, 1);
	leaves.unshift(leaf);
}
