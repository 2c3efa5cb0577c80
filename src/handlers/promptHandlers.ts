/** Prompts: stored in numbered versions that never change, with labels that point at versions. */

import { GatewayError } from "../errors/gatewayError.js";
import { notFound } from "../errors/notFound.js";
import type { components, operations } from "../generated/contract.js";
import { ownerOf } from "../keys/owner.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import { checkContent } from "../prompts/checkContent.js";
import { etagOf, expectedRevision, matchesEtag } from "../prompts/etag.js";
import type { PromptContent } from "../prompts/promptContent.js";
import { latestLabel, noLabel, noPrompt, noVersion, resolveVersion } from "../prompts/promptLibrary.js";
import { promptResource, versionId, versionResource } from "../prompts/promptResource.js";
import { renderPrompt } from "../prompts/render.js";
import type { PromptRecord } from "../store/store.js";
import type { Handlers } from "./handlerTypes.js";
import { listOf } from "./list.js";
import { pageRequest } from "./pageRequest.js";

type Schemas = components["schemas"];

/** The operations of openapi.yaml that concern prompts. */
export type PromptOperation = {
	[Id in keyof operations]: Id extends `${string}Prompt${string}` ? Id : never;
}[keyof operations];

export function promptHandlers({
	store,
	prompts: library,
	settings,
}: GatewayServices): Pick<Handlers, PromptOperation> {
	const { prompts } = store;

	async function findPrompt(ctx: GatewayContext, options?: { deleted: boolean }): Promise<PromptRecord> {
		const name = ctx.params.prompt ?? "";
		const record = await prompts.find(ownerOf(ctx), name, options);
		if (record === undefined) throw noPrompt(name);
		return record;
	}

	/** Finds the prompt and changes it, unless its revision is not the one in `If-Match`. */
	async function change(
		ctx: GatewayContext,
		apply: (owner: string, record: PromptRecord, ifRevision: number | undefined) => Promise<PromptRecord>,
		options?: { deleted: boolean },
	): Promise<Schemas["Prompt"]> {
		const record = await findPrompt(ctx, options);
		return respondWith(ctx, await apply(ownerOf(ctx), record, expectedRevision(ctx.get("if-match"), record)));
	}

	async function contentOf(ctx: GatewayContext, record: PromptRecord, number: number): Promise<PromptContent> {
		const version = await prompts.version(ownerOf(ctx), record.id, number);
		if (version === undefined) throw noVersion(record.name, number, record.latestVersion);
		return version.content as PromptContent;
	}

	return {
		async createPrompt(ctx) {
			const { name, description = "", metadata = {}, comment = "", ...given } = bodyOf<"CreatePromptRequest">(ctx);
			const version = { content: checkContent(given), comment };
			return respondWith(ctx, await prompts.create(ownerOf(ctx), { name, description, metadata, version }));
		},

		async listPrompts(ctx) {
			const page = { ...pageRequest(ctx), deleted: ctx.state.exchange.query.deleted === true };
			const { data, hasMore } = await prompts.list(ownerOf(ctx), page);
			return listOf(data.map(promptResource), hasMore);
		},

		async retrievePrompt(ctx) {
			const record = await findPrompt(ctx);
			ctx.set("etag", etagOf(record));
			if (!matchesEtag(ctx.get("if-none-match"), record)) return promptResource(record);
			ctx.status = 304;
			return undefined as never;
		},

		updatePrompt: (ctx) =>
			change(ctx, (owner, { id }, ifRevision) =>
				prompts.update(owner, id, bodyOf<"UpdatePromptRequest">(ctx), ifRevision),
			),

		async deletePrompt(ctx) {
			const { id } = await change(ctx, (owner, { id }, ifRevision) => prompts.remove(owner, id, ifRevision));
			return { id, object: "prompt.deleted", deleted: true };
		},

		restorePrompt: (ctx) => change(ctx, (owner, { id }) => prompts.restore(owner, id), { deleted: true }),

		async createPromptVersion(ctx) {
			const { comment = "", ...given } = bodyOf<"CreatePromptVersionRequest">(ctx);
			const record = await findPrompt(ctx);
			const ifRevision = expectedRevision(ctx.get("if-match"), record);
			const version = { content: checkContent(given), comment };
			const added = await prompts.addVersion(ownerOf(ctx), record.id, version, ifRevision);
			// Without If-Match, others may have changed the prompt meanwhile; with it, this was the only change.
			if (ifRevision !== undefined) ctx.set("etag", etagOf({ revision: ifRevision + 1 }));
			return versionResource(added);
		},

		async listPromptVersions(ctx) {
			const { id } = await findPrompt(ctx, { deleted: true });
			const { after, ...page } = pageRequest(ctx);
			const number = after?.startsWith(versionId(id, 0).slice(0, -1)) ? after.slice(id.length + 1) : after;
			const { data, hasMore } = await prompts.versions(ownerOf(ctx), id, { ...page, after: number });
			return listOf(data.map(versionResource), hasMore);
		},

		async retrievePromptVersion(ctx) {
			const { id, name, latestVersion } = await findPrompt(ctx, { deleted: true });
			const number = Number(ctx.params.version);
			const version = await prompts.version(ownerOf(ctx), id, number);
			if (version === undefined) throw noVersion(name, number, latestVersion);
			return versionResource(version);
		},

		async diffPromptVersions(ctx) {
			const record = await findPrompt(ctx, { deleted: true });
			const to = versionNamed(record, queryOf(ctx, "to") ?? latestLabel, "to");
			const named = queryOf(ctx, "from");
			if (named === undefined && to === 1)
				throw new GatewayError(400, "Version 1 is the first; name a version to compare it with.", {
					code: "missing_required_parameter",
					param: "from",
				});
			const from = named === undefined ? to - 1 : versionNamed(record, named, "from");
			const [before, after] = await Promise.all([contentOf(ctx, record, from), contentOf(ctx, record, to)]);
			const { listChanges, unifiedDiff } = await import("../prompts/promptDiff.js");
			const names = { from: `${record.name}@${from}`, to: `${record.name}@${to}` };
			return {
				object: "prompt.diff",
				prompt_id: record.id,
				from,
				to,
				changes: listChanges(before, after),
				text: unifiedDiff(before, after, names),
			};
		},

		setPromptLabel: (ctx) =>
			change(ctx, (owner, { id, name, latestVersion }, ifRevision) => {
				const label = ctx.params.label ?? "";
				const { version } = bodyOf<"SetPromptLabelRequest">(ctx);
				if (label === latestLabel)
					throw new GatewayError(400, `'${latestLabel}' is always the newest version and can't be set.`, {
						code: "invalid_value",
						param: "label",
					});
				if (version > latestVersion) throw noVersion(name, version, latestVersion);
				return prompts.setLabel(owner, id, label, version, ifRevision);
			}),

		deletePromptLabel: (ctx) =>
			change(ctx, (owner, record, ifRevision) => {
				const label = ctx.params.label ?? "";
				if (!Object.hasOwn(record.labels, label)) throw noLabel(record, label);
				return prompts.removeLabel(owner, record.id, label, ifRevision);
			}),

		async renderPrompt(ctx) {
			const { variables = {}, ...which } = bodyOf<"RenderPromptRequest">(ctx);
			const reference = { id: ctx.params.prompt ?? "", ...which };
			const { record, number, compiled } = await library.find(ownerOf(ctx), reference, "");
			const rendering = renderPrompt(compiled, variables, {
				name: `${record.name}@${number}`,
				place: "variables",
				maxCharacters: settings.maxBodyBytes,
			});
			return { object: "prompt.rendering", prompt_id: record.id, version: number, ...rendering };
		},
	};
}

/** The contract has validated it. */
function bodyOf<Name extends keyof Schemas>(ctx: GatewayContext): Schemas[Name] {
	return ctx.state.exchange.body?.json as Schemas[Name];
}

function respondWith(ctx: GatewayContext, record: PromptRecord): Schemas["Prompt"] {
	ctx.set("etag", etagOf(record));
	return promptResource(record);
}

function queryOf(ctx: GatewayContext, name: string): string | undefined {
	return ctx.state.exchange.query[name] as string | undefined;
}

/** @returns the number of a version that is named by number or label */
function versionNamed(record: PromptRecord, named: string, param: string): number {
	if (/^\d/.test(named)) return Number(named);
	try {
		return resolveVersion(record, { label: named });
	} catch (error) {
		throw error instanceof GatewayError ? notFound(error.message, error.code ?? "", param) : error;
	}
}
