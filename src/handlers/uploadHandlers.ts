/** Uploads: files that come in parts, to the gateway itself or to an upstream. */
import { pathSegment } from "../dialects/pathSegment.js";
import { noteInAudit } from "../exchange/auditNote.js";
import { noSuchUpload, nowhereToKeep, unreadableFile } from "../files/failures.js";
import { fileAt, partObject, uploadAt, uploadObject } from "../files/fileObjects.js";
import { keeperFor } from "../files/keepers.js";
import type { components } from "../generated/contract.js";
import { isObject } from "../json/isObject.js";
import { ownerOf } from "../keys/owner.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import type { UploadRecord } from "../store/fileTypes.js";
import { askKeeper, isGood, readAnswer } from "./fileKeeper.js";
import type { Handlers } from "./handlerTypes.js";
import { incomingContent } from "./incomingFile.js";

type Schemas = components["schemas"];
type UploadHandlers = Pick<Handlers, "createUpload" | "createUploadPart" | "completeUpload" | "cancelUpload">;

export function uploadHandlers(gateway: GatewayServices): UploadHandlers {
	const { files, settings, upstreams, store } = gateway;
	const { uploads } = files;

	async function found(ctx: GatewayContext): Promise<UploadRecord> {
		if (!files.canKeep) throw noSuchUpload(idOf(ctx));
		return uploads.find(ownerOf(ctx), idOf(ctx));
	}

	async function createAt(ctx: GatewayContext, upstream: string) {
		const answer = await askKeeper(gateway, ctx, upstream, "/uploads");
		if (!isGood(answer)) return answer as never;
		const said = await readAnswer(ctx, answer, upstream);
		const upload = uploadAt(upstream, said);
		if (upload === undefined) throw unreadableFile(upstream);
		await store.files.addUpload(ownerOf(ctx), upload);
		return said as never;
	}

	/** Its end is noted, and the file that it has become. */
	async function endAt(ctx: GatewayContext, upload: UploadRecord, action: "complete" | "cancel") {
		const { id, upstream = "" } = upload;
		const answer = await askKeeper(gateway, ctx, upstream, `${pathOf(id)}/${action}`);
		if (!isGood(answer)) return answer as never;
		const said = await readAnswer(ctx, answer, upstream);
		const file = isObject(said.file) ? fileAt(upstream, said.file) : undefined;
		await store.files.endUpload(ownerOf(ctx), id, file);
		if (action === "cancel") await noteCancellation(ctx, upload);
		return said as never;
	}

	function noteCancellation({ state: { exchange } }: GatewayContext, upload: UploadRecord): Promise<void> {
		const { id, filename, purpose, bytes, upstream = null } = upload;
		return noteInAudit(gateway, exchange, "upload.cancelled", { upload: id, filename, purpose, bytes, upstream });
	}

	return {
		createUpload(ctx) {
			const keeper = keeperFor("openai", settings, upstreams);
			if (!files.canKeep) throw nowhereToKeep();
			return keeper === undefined ? createHere(ctx) : createAt(ctx, keeper);
		},

		async createUploadPart(ctx) {
			const { exchange } = ctx.state;
			const upload = await found(ctx);
			if (upload.upstream !== undefined) {
				// Nobody reads a part that goes on as it comes.
				exchange.fileBytes = exchange.form?.files[0]?.size ?? Number(ctx.get("content-length"));
				return askKeeper(gateway, ctx, upload.upstream, `${pathOf(upload.id)}/parts`);
			}
			const part = await uploads.addPart(ownerOf(ctx), upload, incomingContent(ctx, "data"));
			exchange.fileBytes = part.bytes;
			return partObject(part, upload.id);
		},

		async completeUpload(ctx) {
			const upload = await found(ctx);
			if (upload.upstream !== undefined) return endAt(ctx, upload, "complete");
			const { part_ids: partIds, md5 } = bodyOf<Schemas["CompleteUploadRequest"]>(ctx);
			const file = await uploads.complete(ownerOf(ctx), upload, { partIds, md5 });
			return uploadObject({ ...upload, status: "completed" }, file);
		},

		async cancelUpload(ctx) {
			const upload = await found(ctx);
			if (upload.upstream !== undefined) return endAt(ctx, upload, "cancel");
			const cancelled = await uploads.cancel(ownerOf(ctx), upload);
			await noteCancellation(ctx, upload);
			return uploadObject(cancelled);
		},
	};

	async function createHere(ctx: GatewayContext) {
		const asked = bodyOf<Schemas["CreateUploadRequest"]>(ctx);
		const { filename, purpose, bytes, mime_type: mediaType, expires_after: expiry } = asked;
		const upload = { filename, purpose, bytes, mediaType, expiresAfter: expiry?.seconds };
		return uploadObject(await uploads.create(ownerOf(ctx), upload));
	}
}

function idOf(ctx: GatewayContext): string {
	return ctx.params.upload_id ?? "";
}

function pathOf(id: string): string {
	return `/uploads/${pathSegment(id)}`;
}

/** As the contract has let it through. */
function bodyOf<Body>(ctx: GatewayContext): Body {
	return ctx.state.exchange.body?.json as Body;
}
