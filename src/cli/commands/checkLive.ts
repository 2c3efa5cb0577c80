/** `llmw check --live`: asks each upstream who it is, for its models, and for nothing at its chat, and tells what it has found. */
import { type Problem, Problems } from "../../errors/problem.js";
import { foundProvider } from "../../providers/providers.js";
import type { Routing, TargetGroup, UpstreamSettings } from "../../settings/routes.js";
import { askForModels } from "../../upstream/listedModels/ask.js";
import { hasModel } from "../../upstream/listedModels/chatModels.js";
import type { ModelList } from "../../upstream/listedModels/messages.js";
import { placeOf } from "../../upstream/listedModels/place.js";
import { tryChat } from "../../upstream/listedModels/tryChat.js";
import { table } from "./table.js";

const timeoutMs = 10_000;

export interface LiveOutput {
	print(text: string): void;
	note(text: string): void;
	readonly json: boolean;
}

interface Found {
	readonly name: string;
	readonly url: string;
	readonly provider: string;
	/** It has said so itself. */
	readonly isFound: boolean;
	readonly dialects: readonly string[];
	/** Null if it shows no list. */
	readonly models: readonly string[] | null;
	/** Models that routes ask of it, and that are not in its list. */
	readonly unlisted: readonly string[];
	/** What is wrong with it. */
	readonly problem: string | null;
}

/** @throws Problems of upstreams that can't be used as they are configured */
export async function checkLive(routing: Routing, output: LiveOutput): Promise<void> {
	const found = await Promise.all(routing.upstreams.map((upstream) => ask(upstream, modelsOf(upstream, routing))));
	if (output.json) output.print(JSON.stringify({ upstreams: found }, undefined, 2));
	else printTable(found, output);
	const problems = found.flatMap(({ name, url, problem }): Problem[] =>
		problem === null ? [] : [{ where: `the upstream ${name} (${url})`, message: problem }],
	);
	if (problems.length > 0) throw new Problems(problems);
}

function printTable(found: readonly Found[], { print, note }: LiveOutput): void {
	const rows = found.flatMap(({ name, provider, isFound, dialects, models, problem }) =>
		problem === null ? [[name, isFound ? `${provider} (found)` : provider, describe(models), dialects.join(", ")]] : [],
	);
	if (rows.length > 0) print(table([["upstream", "provider", "models", "speaks"], ...rows]));
	for (const { name, unlisted } of found)
		if (unlisted.length > 0) note(`the upstream ${name} does not list ${unlisted.join(", ")}, which routes ask of it`);
}

async function ask(upstream: UpstreamSettings, asked: readonly string[]): Promise<Found> {
	const { list, server, trouble } = await askForModels(upstream, timeoutMs);
	const provider = foundProvider(upstream, server);
	const [model] = asked;
	const problem = trouble ?? (await tryChat({ upstream, provider, model, timeoutMs }));
	return {
		name: upstream.name,
		url: placeOf(upstream.url),
		provider: provider.name,
		isFound: server?.provider !== undefined && provider.name !== upstream.provider,
		dialects: provider.dialects.map((dialect) => dialect.name),
		models: list === undefined ? null : [...list.chat, ...list.others],
		unlisted: list === undefined || !isWholeList(provider.name) ? [] : unlistedIn(list, asked),
		problem: problem ?? null,
	};
}

/** Azure lists what can be deployed, and Bedrock not all that an ARN can name. */
function isWholeList(provider: string): boolean {
	return provider !== "azure" && provider !== "bedrock";
}

function unlistedIn(list: ModelList, asked: readonly string[]): string[] {
	return asked.filter((model) => !hasModel(list, model));
}

/** Models that routes ask of an upstream by name. */
function modelsOf({ name }: UpstreamSettings, { routes }: Routing): string[] {
	const modelsIn = ({ targets }: TargetGroup): string[] =>
		targets.flatMap((target) => {
			if (target.kind === "group") return modelsIn(target);
			return target.upstream === name && target.model !== undefined ? [target.model] : [];
		});
	return [...new Set(routes.flatMap(({ stages }) => stages.flatMap(modelsIn)))];
}

function describe(models: readonly string[] | null): string {
	if (models === null) return "lists none";
	const [first] = models;
	if (first === undefined) return "none";
	return models.length === 1 ? first : `${first} and ${models.length - 1} more`;
}
