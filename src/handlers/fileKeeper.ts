/** Asks upstreams for the files and uploads that they keep. */
import { keeperGone, unreadableFile } from "../files/failures.js";
import { parseObject } from "../json/parseObject.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import { bringsCredential } from "../responses/upstreamMemory.js";
import { collect } from "../streaming/delivery.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import { askUpstream } from "./askUpstream.js";

type Json = Record<string, unknown>;

/** What is said of one file. */
const maxAnswerBytes = 1024 * 1024;

/** @param path below the upstream's base path @throws GatewayError 404 if no route leads there any more */
export function askKeeper(
	gateway: GatewayServices,
	ctx: GatewayContext,
	upstream: string,
	path: string,
): Promise<ResponseStream> {
	const answer = askUpstream(gateway, ctx, { upstream, isOfNoModel: true }, { path });
	if (answer === undefined) throw keeperGone(upstream);
	return answer;
}

/** Whether an upstream knows whose is what the gateway has no note of. */
export function tellsOwners({ upstreams }: GatewayServices, ctx: GatewayContext, upstream: string): boolean {
	return ctx.state.exchange.caller === undefined || bringsCredential([{ upstream }], upstreams);
}

export function isGood({ status }: ResponseStream): boolean {
	return status >= 200 && status < 300;
}

/**
 * What a good answer says, before the client is told it.
 *
 * @throws GatewayError 502 if that is no JSON object
 */
export async function readAnswer(ctx: GatewayContext, answer: ResponseStream, upstream: string): Promise<Json> {
	const bytes = await collect(answer, maxAnswerBytes);
	ctx.state.exchange.answer = undefined;
	const said = parseObject(bytes.toString());
	if (said === undefined) throw unreadableFile(upstream);
	return said;
}
