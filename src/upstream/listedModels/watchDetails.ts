/** Keeps what an upstream says of its models, beside its list, up to date: the primary's half. */
import type { UpstreamSettings } from "../../settings/routes.js";
import type { ModelsAnswer } from "./ask.js";
import { type KnownDetails, listedFacts } from "./listedFacts.js";
import type { ListedFacts } from "./messages.js";

const timeoutMs = 5_000;
/** Of the same models the same is said for a while. */
const freshMs = 30_000;

export interface WatchedDetails {
	/** All that is known by now. */
	readonly facts: ListedFacts | undefined;
	/** A list has come. Its details are asked for, unless they are known. @param isOther the upstream may be another one */
	follow(answer: ModelsAnswer, isOther: boolean): void;
}

/** @param changed called when more is known */
export function watchDetails(settings: UpstreamSettings, changed: () => void): WatchedDetails {
	let facts: ListedFacts | undefined;
	let details: KnownDetails = new Map();
	let latest: ModelsAnswer | undefined;
	let isAsking = false;
	let asked = { names: "", atMs: Number.NEGATIVE_INFINITY };
	const askNow = async (answer: ModelsAnswer) => {
		isAsking = true;
		const [{ askForJson }, { askDetails }] = await Promise.all([import("./ask.js"), import("./askDetails.js")]);
		const told = await askDetails(settings, answer, details, (path, body) =>
			askForJson(settings, timeoutMs, path, body),
		);
		isAsking = false;
		// Another list has come meanwhile: it may be of other models.
		if (answer !== latest) return follow(latest as ModelsAnswer, false);
		details = told;
		asked = { names: namesOf(answer), atMs: performance.now() };
		const before = JSON.stringify(facts);
		facts = listedFacts(answer.models, details);
		if (JSON.stringify(facts) !== before) changed();
	};
	const follow = (answer: ModelsAnswer, isOther: boolean) => {
		if (isOther) {
			details = new Map();
			asked = { names: "", atMs: Number.NEGATIVE_INFINITY };
		}
		latest = answer;
		facts = listedFacts(answer.models, details);
		const isKnown = asked.names === namesOf(answer) && performance.now() - asked.atMs < freshMs;
		if (!isAsking && !isKnown) void askNow(answer);
	};
	return {
		get facts() {
			return facts;
		},
		follow,
	};
}

function namesOf({ models = [], server }: ModelsAnswer): string {
	return JSON.stringify([server?.provider, models.map(({ id, stamp }) => [id, stamp])]);
}
