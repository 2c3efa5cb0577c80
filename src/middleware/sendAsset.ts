/** Files that the build made, sent as their compressed copy where the client takes one, and not again while they are the same. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { send } from "@koa/send";
import type { GatewayContext } from "../middleware/link.js";

/** By the path of the file that is sent: a copy in another coding is another representation (RFC 9110 §8.8.3.3). */
const tags = new Map<string, Promise<string>>();

/** @returns whether there is such a file */
export async function sendAsset(
	ctx: GatewayContext,
	name: string,
	options: Parameters<typeof send>[2],
): Promise<boolean> {
	// A copy is no file of its own.
	const isCopy = /\.(br|gz)$/.test(name);
	const sent = isCopy ? undefined : await send(ctx as never, name, options).catch(() => undefined);
	if (sent === undefined) {
		ctx.remove("content-encoding");
		return false;
	}
	ctx.vary("accept-encoding");
	// Packages have the same date for all of their files, in every version.
	ctx.remove("last-modified");
	ctx.set("etag", await tagOf(sent));
	if (!ctx.fresh) return true;
	(ctx.body as Readable).destroy();
	ctx.status = 304;
	return true;
}

function tagOf(path: string): Promise<string> {
	const known = tags.get(path) ?? hashOf(path);
	tags.set(path, known);
	return known;
}

async function hashOf(path: string): Promise<string> {
	const hash = createHash("sha256");
	for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
	return `"${hash.digest("base64url").slice(0, 27)}"`;
}
