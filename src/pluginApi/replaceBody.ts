/** Lets a plugin change what is sent upstream. */
import { clientGone } from "../errors/gatewayError.js";
import { firstLine, messageOf } from "../errors/problem.js";
import { lengthOf } from "../json/bodyBytes.js";
import { largeBytes, ownTurn } from "../json/turns.js";
import { writeJson } from "../json/writeJson.js";
import type { PluginContext } from "../plugin.js";
import { exchangeOf } from "./internal.js";

/**
 * Replaces the request's JSON body: `await replaceBody(ctx, { ...json, temperature: 0 })`. For the stages `validated` and
 * `upstream`. The new body is validated, and its model is resolved anew; in the stage `upstream` the model must stay.
 *
 * @throws GatewayError 403 or 404 if the caller may not use the new model
 * @throws Error if there is no body yet, or the contract refuses the new one: the plugin's fault, not the client's
 */
export async function replaceBody(ctx: PluginContext, json: Record<string, unknown>): Promise<void> {
	const exchange = exchangeOf(ctx);
	const { operation, body } = exchange;
	if (operation === undefined || body === undefined)
		throw new Error("replaceBody: the request has no body, or none yet (it is for the stages validated and upstream)");
	try {
		operation.validateBody(json);
	} catch (cause) {
		throw new Error(`replaceBody: the contract refuses the new body: ${firstLine(messageOf(cause))}`, { cause });
	}
	const sent = operation.dialect?.path?.withoutFacts(json) ?? json;
	let bytes: Buffer;
	const lengthBefore = lengthOf(body);
	if (lengthBefore < largeBytes) bytes = Buffer.from(JSON.stringify(sent));
	else {
		await ownTurn();
		bytes = await writeJson(sent, () => {
			if (exchange.isClosed) throw clientGone();
		});
	}
	exchange.bodyHold?.add(Math.max(0, bytes.length - lengthBefore));
	exchange.body = body.late === undefined ? { json, bytes } : { json, bytes, late: body.late };
}
