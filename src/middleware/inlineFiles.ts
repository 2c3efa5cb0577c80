/**
 * Finds the files that a request names by id: puts the content of the gateway's own in their place, so that any upstream has them,
 * and sends it to the upstream that keeps the others.
 */
import { targetsOf } from "../admission/tokenNeed.js";
import { type JsonBody, mayHoldOutside } from "../contract/defaults.js";
import { GatewayError } from "../errors/gatewayError.js";
import type { Exchange } from "../exchange/exchange.js";
import { noSuchFile } from "../files/failures.js";
import { fileFormOf } from "../files/keepers.js";
import {
	type FileContent,
	type FileNames,
	filesNamedIn,
	isAmbiguous,
	mediaTypeOf,
	passedNames,
	usualNames,
	withContents,
} from "../files/references.js";
import { lengthOf, wholeBytes } from "../json/bodyBytes.js";
import { ownerOf } from "../keys/owner.js";
import { bringsCredential } from "../responses/upstreamMemory.js";
import type { Route } from "../settings/routes.js";
import type { FileRecord } from "../store/fileTypes.js";
import { withStatus } from "../store/storeFailure.js";
import { withJson } from "../upstream/sentBody.js";
import { defineLink, type GatewayContext, type GatewayServices } from "./link.js";

const named = Buffer.from("file_id");
/** Letters of `file_id` as JSON may write them in place of the letters, which nobody does without a reason. */
const escapedLetters = ["\\u006", "\\u005f", "\\u005F"].map((text) => Buffer.from(text));
/** What all of those begin with, and few bodies have. */
const escape00 = Buffer.from("\\u00");

export const inlineFiles = defineLink({
	name: "inline-files",
	stage: "upstream",
	middleware: (gateway) => (ctx, next) => {
		const { body, route, operation } = ctx.state.exchange;
		if (route === undefined) return next();
		if (operation?.passedTo !== undefined) return findPassedFiles(gateway, ctx, route).then(next);
		if (body === undefined || !mayNameFiles(body)) return next();
		return findFiles(gateway, ctx, { body, route, names: usualNames }).then(next);
	},
});

function mayNameFiles(body: JsonBody): boolean {
	return mayHoldOutside(
		body,
		(piece) =>
			piece.includes(named) || (piece.includes(escape00) && escapedLetters.some((text) => piece.includes(text))),
	);
}

/** Files of containers, which begin with other letters, are their containers'. */
const fileInPath = /\/files\/(file[-_][^/]+)/gi;

/** What passes is small, and is read by servers of which nobody knows how they read. */
async function findPassedFiles(gateway: GatewayServices, ctx: GatewayContext, route: Route): Promise<void> {
	if (!leadsToKeeper(gateway, route)) return;
	const { body } = ctx.state.exchange;
	const inPath = [...decodeURIComponent(ctx.path).matchAll(fileInPath)].map(([, id = ""]) => id);
	const inQuery = [...new URLSearchParams(ctx.search)].flatMap(([name, id]) =>
		passedNames.isName(name.replace(/\[\w*\]$/, "")) ? [id] : [],
	);
	await checkOwners(gateway, ctx, route, new Set([...inPath, ...inQuery]));
	if (body !== undefined) await findFiles(gateway, ctx, { body, route, names: passedNames });
}

interface Naming {
	readonly body: JsonBody;
	readonly route: Route;
	readonly names: FileNames;
}

async function findFiles(gateway: GatewayServices, ctx: GatewayContext, { body, route, names }: Naming): Promise<void> {
	if (!knowsOwners(gateway, ctx.state.exchange, route) && isAmbiguous(wholeBytes(body).toString(), names))
		throw namedTwice();
	const own = await checkOwners(gateway, ctx, route, filesNamedIn(body.json, names));
	if (own.length > 0) await inline(gateway, ctx, body, own);
}

/**
 * Sends the request to the upstream that keeps these files.
 *
 * @returns those that the gateway keeps itself
 * @throws GatewayError 404 for another caller's, 400 where the route leads to no upstream that keeps them
 */
async function checkOwners(
	gateway: GatewayServices,
	ctx: GatewayContext,
	route: Route,
	ids: ReadonlySet<string>,
): Promise<FileRecord[]> {
	const { exchange } = ctx.state;
	const own: FileRecord[] = [];
	let keeper: string | undefined;
	for (const id of ids) {
		const file = await gateway.files.get(ownerOf(ctx), id).catch((error: unknown) => {
			throw withStatus(error);
		});
		if (file === undefined) requireTheirs(gateway, exchange, route, id);
		else if (file.upstream === undefined) own.push(file);
		else if (keeper !== undefined && keeper !== file.upstream) throw elsewhere(id);
		else {
			pin(exchange, route, file.upstream, id);
			keeper = file.upstream;
		}
	}
	return own;
}

/** What hosts without files mean by a `file_id` is their own matter. */
function leadsToKeeper({ upstreams }: GatewayServices, route: Route): boolean {
	return targetsOf(route).some((target) => fileFormOf(upstreams.of(target)) !== undefined);
}

/** Whether upstreams know whose a file is, or nobody has to. */
function knowsOwners({ upstreams }: GatewayServices, { caller }: Exchange, route: Route): boolean {
	return caller === undefined || bringsCredential(targetsOf(route), upstreams);
}

/** A file that the gateway has no note of may be another caller's. @throws GatewayError 404 */
function requireTheirs(gateway: GatewayServices, exchange: Exchange, route: Route, id: string): void {
	if (!knowsOwners(gateway, exchange, route)) throw noSuchFile(id);
}

/** @throws GatewayError 400 if the model's route doesn't lead to the upstream that keeps the file */
function pin(exchange: Exchange, route: Route, upstream: string, id: string): void {
	const targets = (exchange.pinned ?? targetsOf(route)).filter((target) => target.upstream === upstream);
	if (targets.length === 0) throw elsewhere(id);
	exchange.pinned = targets;
}

async function inline(
	{ files, settings }: GatewayServices,
	ctx: GatewayContext,
	body: JsonBody,
	own: readonly FileRecord[],
): Promise<void> {
	const { exchange } = ctx.state;
	const before = lengthOf(body);
	const maxBytes = Math.min(exchange.operation?.maxBodyBytes ?? settings.maxBodyBytes, settings.maxBodyBytes);
	// Base64 makes four letters of three bytes.
	const more = Math.ceil((own.reduce((sum, { bytes }) => sum + bytes, 0) * 4) / 3);
	if (before + more > maxBytes) throw tooLarge(maxBytes);
	exchange.bodyHold?.add(more);
	const contents = new Map<string, FileContent>();
	for (const file of own) contents.set(file.id, await contentOf(files, file));
	const json = withContents(body.json, contents);
	const left = filesNamedIn(json);
	const misplaced = own.find(({ id }) => left.has(id));
	if (misplaced !== undefined) throw misplacedFile(misplaced.id);
	exchange.body = withJson(body, json, exchange.operation?.dialect);
	ctx.request.body = exchange.body.json;
}

async function contentOf(files: GatewayServices["files"], file: FileRecord): Promise<FileContent> {
	const { filename, mediaType } = file;
	try {
		const pieces: Buffer[] = [];
		for await (const piece of await files.readContent(file)) pieces.push(piece as Buffer);
		return { filename, mediaType: mediaTypeOf(filename, mediaType), bytes: Buffer.concat(pieces) };
	} catch (error) {
		throw withStatus(error);
	}
}

function namedTwice(): GatewayError {
	return new GatewayError(400, "Duplicate parameter: 'file_id' may be given only once in each object.", {
		code: "duplicate_parameter",
		param: "file_id",
	});
}

function elsewhere(id: string): GatewayError {
	const message = `The file '${id}' is kept by another upstream than those of this model: send it there, or keep files with 'files: local'.`;
	return new GatewayError(400, message, { code: "file_elsewhere", param: "file_id" });
}

function misplacedFile(id: string): GatewayError {
	const message = `The file '${id}' is kept by the gateway, and containers and tools take only files that their upstream keeps.`;
	return new GatewayError(400, message, { code: "file_elsewhere", param: "file_id" });
}

function tooLarge(maxBytes: number): GatewayError {
	return new GatewayError(413, `With the files that it names, the body is larger than ${maxBytes} bytes.`, {
		code: "body_too_large",
		param: "file_id",
	});
}
