/** A call that an upstream has begun: noted as its caller's, and watched until it is over. */

import type { SessionFormat } from "../dialects/dialect.js";
import { openaiRealtime } from "../dialects/openaiRealtime/index.js";
import { clientGone } from "../errors/gatewayError.js";
import { endOfKey } from "../keys/endOfKey.js";
import { ownerOf } from "../keys/owner.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import type { Attempt } from "../upstream/attempt.js";
import { type CallPlace, hangUp, openSideband } from "../upstream/lines/callSide.js";
import type { Upstream } from "../upstream/upstream.js";

const format = openaiRealtime.session as SessionFormat;

/**
 * The request then lasts as long as the call.
 *
 * @param attempt the one that has begun it
 * @param id the upstream's
 * @throws StoreError, or GatewayError 499, for a call that is ended again
 */
export async function beginCall(
	gateway: GatewayServices,
	ctx: GatewayContext,
	attempt: Attempt,
	id: string,
): Promise<void> {
	const { store, sockets, keys } = gateway;
	const { exchange } = ctx.state;
	const { upstream } = attempt.target;
	const place = placeOf(gateway, ctx, attempt, id);
	const complain = complainer(gateway, attempt, id);
	try {
		await store.calls.add({ id, owner: ownerOf(ctx), upstream, model: exchange.model });
		if (exchange.isClosed) throw clientGone();
	} catch (error) {
		await endCall(gateway, ctx, attempt, id);
		throw error;
	}
	const end = exchange.outlast(() => void watch.stop(clientGone()));
	const watch = sockets.watch({
		connect: () => openSideband(place, format),
		hangUp: () => hangUp(place),
		complain,
		isCounted: exchange.charge !== undefined,
		used: () => exchange.used(),
		refusal: () => exchange.caller && endOfKey(exchange.caller, keys.table),
		over(failure) {
			exchange.failure ??= failure;
			end();
		},
	});
	attempt.call = watch;
}

/** Ends a call that nobody can have. */
export async function endCall(
	gateway: GatewayServices,
	ctx: GatewayContext,
	attempt: Attempt,
	id: string,
): Promise<void> {
	const complain = complainer(gateway, attempt, id);
	await hangUp(placeOf(gateway, ctx, attempt, id)).catch(({ message }: Error) =>
		complain(`could not be ended: ${message}`),
	);
}

function complainer(gateway: GatewayServices, { target }: Attempt, id: string): (line: string) => void {
	return (line) => gateway.complain(`the call ${id} at ${target.upstream} ${line}`);
}

function placeOf(
	{ upstreams }: GatewayServices,
	{ state: { exchange } }: GatewayContext,
	{ target, limits }: Attempt,
	id: string,
): CallPlace {
	return {
		upstream: upstreams.all.get(target.upstream) as Upstream,
		id,
		requestId: exchange.id,
		headers: exchange.facts?.headers ?? {},
		clientCredentials: exchange.clientCredentials,
		timeoutMs: limits.firstByteMs,
	};
}
