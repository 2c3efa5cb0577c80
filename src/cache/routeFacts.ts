/** What of a route decides who gets which answer; worked out once for each. */
import type { Exchange } from "../exchange/exchange.js";
import { dialectsFor } from "../providers/provider.js";
import type { CacheSettings, Condition, Route, Target, TargetGroup } from "../settings/routes.js";
import { sentModel } from "../settings/sentModel.js";
import type { Upstreams } from "../upstream/upstreams.js";

export interface RouteFacts {
	readonly settings: CacheSettings;
	/** Names of all its targets: when others stand behind a model, its answers are no longer given. */
	readonly targets: string;
	/** Some of its upstreams speak OpenAI's Responses, and so may keep them. */
	readonly keepsResponses: boolean;
	/** Values by which targets are chosen: those of two groups of clients may be different models. */
	conditionsOf(exchange: Exchange): string;
}

export function routeFacts(route: Route, settings: CacheSettings, upstreams: Upstreams): RouteFacts {
	const members = route.stages.flatMap(membersOf);
	const targets = members.filter((member): member is Target => member.kind === "target");
	const conditions = members.flatMap(({ when }) => (when === undefined ? [] : [when]));
	const names = (kind: "headers" | "metadata" | "tags") => [
		...new Set(conditions.flatMap((condition: Condition) => Object.keys(condition[kind] ?? {}))),
	];
	const [headers, metadata, tags] = [names("headers"), names("metadata"), names("tags")];
	const hasConditions = headers.length + metadata.length + tags.length > 0;
	return {
		settings,
		targets: JSON.stringify([...new Set(targets.map(({ name }) => name))].sort()),
		keepsResponses: targets.some((target) =>
			dialectsFor(upstreams.of(target).provider, sentModel(target, route.models[0])).some(
				({ name }) => name === "openai.responses",
			),
		),
		conditionsOf({ facts }) {
			if (!hasConditions || facts === undefined) return "";
			return JSON.stringify([
				headers.map((name) => facts.headers[name] ?? null),
				metadata.map((name) => facts.metadata[name] ?? null),
				tags.map((name) => facts.tags[name] ?? null),
			]);
		},
	};
}

function membersOf(member: Target | TargetGroup): (Target | TargetGroup)[] {
	return member.kind === "target" ? [member] : [member, ...member.targets.flatMap(membersOf)];
}
