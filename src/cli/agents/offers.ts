/** The models that a gateway offers, and which of them suit an agent. */
import { Problems } from "../../errors/problem.js";
import type { components } from "../../generated/contract.js";
import { isObject } from "../../json/isObject.js";
import { compilePatterns } from "../../settings/pattern.js";
import { canChatByName } from "../../upstream/listedModels/chatModels.js";
import type { GatewayApi } from "../commands/gatewayApi.js";
import type { Agent, OfferedModel } from "./agent.js";

type CatalogueModel = components["schemas"]["CatalogueModel"];

/** As a list of OpenAI's API has them, with what the gateway adds. */
export function offersIn(list: unknown): OfferedModel[] {
	const entries = isObject(list) && Array.isArray(list.data) ? list.data.filter(isObject) : [];
	return entries.flatMap(({ id, context_window: context, max_output_tokens: output, capabilities }) => {
		if (typeof id !== "string" || !canChatByName(id)) return [];
		const can = isObject(capabilities) ? capabilities : {};
		return [
			{
				id,
				context: numberIn(context),
				output: numberIn(output),
				tools: flagIn(can.tools),
				images: flagIn(can.vision),
				reasoning: flagIn(can.reasoning),
			},
		];
	});
}

/** As administrators see them. A model can what all its targets can. */
export async function offersForAdministrators(api: GatewayApi): Promise<OfferedModel[]> {
	const { data } = await api.ask<components["schemas"]["CatalogueList"]>("GET", "/admin/models");
	return data.filter(({ id }) => canChatByName(id)).map(offerOf);
}

function offerOf({ id, targets }: CatalogueModel): OfferedModel {
	const least = (name: "context_window" | "max_output_tokens") => {
		const values = targets.flatMap(({ known }) => known[name]?.value ?? []);
		return values.length === 0 ? undefined : Math.min(...values);
	};
	const can = (name: "tools" | "images" | "reasoning") => {
		const values = targets.map(({ known }) => known[name]?.value);
		return values.includes(false) ? false : values.length > 0 && values.every(Boolean) ? true : undefined;
	};
	return {
		id,
		context: least("context_window"),
		output: least("max_output_tokens"),
		tools: can("tools"),
		images: can("images"),
		reasoning: can("reasoning"),
	};
}

function numberIn(value: unknown): number | undefined {
	return typeof value === "number" ? value : undefined;
}

function flagIn(value: unknown): boolean | undefined {
	return typeof value === "boolean" ? value : undefined;
}

/** Names of small models, for titles and summaries. */
const smallModels = /haiku|flash|mini|nano|small|lite|-[0-8](\.\d)?b\b/i;
/** More are not written into an agent's configuration. */
const mostOffered = 20;

export interface Choice {
	readonly model: OfferedModel;
	readonly small: OfferedModel;
	readonly models: readonly OfferedModel[];
}

/** Best first. */
export function ranked(offers: readonly OfferedModel[], { favours, habits }: Agent): OfferedModel[] {
	const place = ({ id }: OfferedModel) => {
		const at = favours.findIndex((pattern) => pattern.test(id));
		return at === -1 ? favours.length : at;
	};
	const lacksTools = ({ tools }: OfferedModel) => Number(tools === false && habits?.usesTools !== false);
	const isSmall = ({ id }: OfferedModel) => Number(smallModels.test(id));
	const order = (one: OfferedModel, other: OfferedModel) =>
		lacksTools(one) - lacksTools(other) ||
		place(one) - place(other) ||
		isSmall(one) - isSmall(other) ||
		(other.context ?? 0) - (one.context ?? 0);
	return [...offers].sort(order);
}

/**
 * A name that is not in the list may be served all the same, by a pattern.
 *
 * @param offers best first
 * @throws Problems if there is nothing to choose
 */
export function choose(
	offers: readonly OfferedModel[],
	named: { readonly model: string | undefined; readonly small: string | undefined },
): Choice {
	const called = (id: string) => offers.find((offer) => offer.id === id) ?? { id };
	const model = named.model === undefined ? offers[0] : called(named.model);
	if (model === undefined)
		throw new Problems([
			{
				where: "--model",
				message: "is needed: the gateway lists no model that can chat (llmw routes shows what it takes)",
			},
		]);
	const small =
		named.small === undefined
			? (offers.find(({ id, tools }) => smallModels.test(id) && tools !== false) ?? model)
			: called(named.small);
	const others = offers.filter(({ id }) => id !== model.id).slice(0, mostOffered - 1);
	return { model, small, models: [model, ...others] };
}

/** @param patterns of a key that is restricted */
export function permitted(offers: readonly OfferedModel[], patterns: readonly string[] | undefined): OfferedModel[] {
	if (patterns === undefined) return [...offers];
	const matches = compilePatterns(patterns);
	return offers.filter(({ id }) => matches(id));
}
