/** Files: the gateway's own, and those of upstreams, of which it knows whose they are. */
import { batchOutput } from "../batches/resultFiles.js";
import { pathSegment } from "../dialects/pathSegment.js";
import { noteInAudit } from "../exchange/auditNote.js";
import { noSuchFile, nowhereToKeep, unreadableFile } from "../files/failures.js";
import { deletedFile, type FileForm, fileAt, fileFormFor, fileObject } from "../files/fileObjects.js";
import { fileFormOf, keeperFor } from "../files/keepers.js";
import { ownerOf } from "../keys/owner.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import type { FileRecord } from "../store/fileTypes.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import { accountLines } from "./batchAccounting.js";
import { isElsewhere } from "./batchesElsewhere.js";
import { askKeeper, isGood, readAnswer, tellsOwners } from "./fileKeeper.js";
import { filePage } from "./filePage.js";
import type { Handlers } from "./handlerTypes.js";
import { describedFile, incomingContent } from "./incomingFile.js";

type FileHandlers = Pick<Handlers, "createFile" | "listFiles" | "retrieveFile" | "deleteFile" | "retrieveFileContent">;

export function fileHandlers(gateway: GatewayServices): FileHandlers {
	const { files, settings, upstreams } = gateway;

	/** Of a file that the gateway has no note of. @throws GatewayError 404 if it may be another caller's */
	function askForUnknown(ctx: GatewayContext, path: string): Promise<ResponseStream> {
		const keeper = keeperFor(fileFormFor(ctx.req.headers), settings, upstreams);
		if (keeper === undefined || !tellsOwners(gateway, ctx, keeper)) throw noSuchFile(idOf(ctx));
		return askKeeper(gateway, ctx, keeper, path);
	}

	function hasForm(upstream: string, form: FileForm): boolean {
		const keeper = upstreams.all.get(upstream);
		return keeper !== undefined && fileFormOf(keeper) === form;
	}

	async function createAt(ctx: GatewayContext, upstream: string, form: FileForm) {
		const answer = await askKeeper(gateway, ctx, upstream, "/files");
		if (!isGood(answer)) return answer as never;
		const said = await readAnswer(ctx, answer, upstream);
		const file = fileAt(upstream, said);
		if (file === undefined) throw unreadableFile(upstream);
		ctx.state.exchange.fileBytes = file.bytes;
		await files.note(ownerOf(ctx), file);
		return (hasForm(upstream, form) ? said : fileObject(file, form)) as never;
	}

	function noteDeletion({ state: { exchange } }: GatewayContext, file: FileRecord): Promise<void> {
		const { id, filename, purpose, bytes, upstream = null } = file;
		return noteInAudit(gateway, exchange, "file.deleted", { file: id, filename, purpose, bytes, upstream });
	}

	async function deleteAt(ctx: GatewayContext, file: FileRecord, upstream: string, form: FileForm) {
		const answer = await askKeeper(gateway, ctx, upstream, pathOf(file.id));
		if (!isGood(answer) && answer.status !== 404) return answer as never;
		await files.remove(ownerOf(ctx), file);
		await noteDeletion(ctx, file);
		if (hasForm(upstream, form)) return answer as never;
		await readAnswer(ctx, answer, upstream);
		return deletedFile(file.id, form);
	}

	async function contentAt(ctx: GatewayContext, { id, purpose }: FileRecord, upstream: string) {
		const answer = fetched(ctx, await askKeeper(gateway, ctx, upstream, `${pathOf(id)}/content`));
		const batch = purpose === batchOutput ? await gateway.store.batches.ofOutput(ownerOf(ctx), id) : undefined;
		return batch !== undefined && isElsewhere(batch) ? accountLines(gateway, ctx, batch, answer) : answer;
	}

	return {
		async createFile(ctx) {
			const form = fileFormFor(ctx.req.headers);
			const keeper = keeperFor(form, settings, upstreams);
			if (keeper !== undefined) return createAt(ctx, keeper, form);
			if (!files.canKeep) throw nowhereToKeep();
			const described = describedFile(ctx, form);
			const file = await files.create(ownerOf(ctx), described, incomingContent(ctx, "file"));
			ctx.state.exchange.fileBytes = file.bytes;
			return fileObject(file, form) as never;
		},

		listFiles: async (ctx) => (await filePage(gateway, ctx)) as never,

		async retrieveFile(ctx) {
			const form = fileFormFor(ctx.req.headers);
			const file = await files.get(ownerOf(ctx), idOf(ctx));
			if (file === undefined) return askForUnknown(ctx, pathOf(idOf(ctx)));
			if (file.upstream !== undefined && hasForm(file.upstream, form))
				return askKeeper(gateway, ctx, file.upstream, pathOf(file.id));
			return fileObject(file, form) as never;
		},

		async deleteFile(ctx) {
			const form = fileFormFor(ctx.req.headers);
			const file = await files.get(ownerOf(ctx), idOf(ctx));
			if (file === undefined) return askForUnknown(ctx, pathOf(idOf(ctx)));
			if (file.upstream !== undefined) return deleteAt(ctx, file, file.upstream, form);
			if (!(await files.remove(ownerOf(ctx), file))) throw noSuchFile(file.id);
			await noteDeletion(ctx, file);
			return deletedFile(file.id, form);
		},

		async retrieveFileContent(ctx) {
			const file = await files.get(ownerOf(ctx), idOf(ctx));
			if (file === undefined) return fetched(ctx, await askForUnknown(ctx, `${pathOf(idOf(ctx))}/content`)) as never;
			if (file.upstream !== undefined) return contentAt(ctx, file, file.upstream) as never;
			// Nothing that a client has sent is a page of this gateway's.
			ctx.attachment(file.filename.replace(/\p{Surrogate}/gu, "\ufffd"));
			ctx.type = "application/octet-stream";
			ctx.length = file.bytes;
			ctx.state.exchange.fileBytes = file.bytes;
			ctx.body = await files.readContent(file);
			return undefined as never;
		},
	};
}

/** Counts the bytes of a file as its client is sent them. */
function fetched({ state: { exchange } }: GatewayContext, answer: ResponseStream): ResponseStream {
	if (!isGood(answer)) return answer;
	let bytes = 0;
	answer.observers.push({
		chunk(piece) {
			bytes += piece.bytes.length;
			exchange.fileBytes = bytes;
		},
	});
	return answer;
}

function idOf(ctx: GatewayContext): string {
	return ctx.params.file_id ?? "";
}

function pathOf(id: string): string {
	return `/files/${pathSegment(id)}`;
}
