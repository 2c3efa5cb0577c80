/** The contract's `x-rate-limit` per client (koa-ratelimit over the gateway's own counter, exact across workers). */
import ratelimit from "koa-ratelimit";
import { type Operation, type RateLimitPolicy, sharedScope } from "../contract/operation.js";
import { GatewayError } from "../errors/gatewayError.js";
import { clientOf } from "../exchange/clientOf.js";
import type { Caller } from "../keys/caller.js";
import type { Counter } from "../limits/counter.js";
import { idleRecorder, type Recorder } from "../metrics/metricRecorder.js";
import type { LimitSet } from "../settings/limitSettings.js";
import { formatSeconds } from "../settings/quantity.js";
import { defineLink, type GatewayContext, type GatewayMiddleware } from "./link.js";

const limitHeader = "x-ratelimit-limit-requests";
const remainingHeader = "x-ratelimit-remaining-requests";
const resetHeader = "x-ratelimit-reset-requests";

export const rateLimit = defineLink({
	name: "rate-limit",
	stage: "authenticated",
	middleware: ({ contract, counter, metrics, settings }): GatewayMiddleware => {
		const limiters = new Map<RateLimitPolicy, GatewayMiddleware>();
		for (const { rateLimit } of contract.operations)
			if (rateLimit) limiters.set(rateLimit, limiter(rateLimit, counter, metrics?.recorder ?? idleRecorder));
		return (ctx, next) => {
			const { operation, caller, task, partOf } = ctx.state.exchange;
			const policy = operation?.rateLimit;
			// The client's request that it is for was counted.
			if (operation === undefined || policy === undefined || task !== undefined || partOf !== undefined) return next();
			if (policy.scope === sharedScope && isCountedByKey(operation, caller, settings.limits.keys)) return next();
			const limit = limiters.get(policy);
			return limit ? limit(ctx, next) : next();
		};
	},
});

function limiter(policy: RateLimitPolicy, counter: Counter, recorder: Recorder): GatewayMiddleware {
	const [allowed, refused] = [
		[policy.scope, "allowed"],
		[policy.scope, "refused"],
	] as const;
	const limit = ratelimit({
		// The limiter asks its `db` for nothing but this one method.
		driver: "redis",
		db: { ratelimiter: (key: string) => take(counter, key, policy) } as never,
		id: (ctx) => `${policy.scope}:${clientOf(ctx.state.exchange)}`,
		max: policy.max,
		duration: policy.windowMs,
		headers: { total: limitHeader, remaining: remainingHeader, reset: resetHeader } as never,
		onLimited: (ctx: GatewayContext) => {
			recorder.add("limits", refused);
			throw exceeded(ctx, policy);
		},
	} as ratelimit.MiddlewareOptions) as unknown as GatewayMiddleware;
	return (ctx, next) =>
		limit(ctx, () => {
			recorder.add("limits", allowed);
			ctx.set(resetHeader, formatSeconds(secondsToReset(ctx, policy)));
			return next();
		});
}

/** The result that koa-ratelimit expects of a store: remaining before this request, the window's end in seconds, the total. */
async function take(counter: Counter, key: string, { max, windowMs }: RateLimitPolicy): Promise<number[]> {
	const { remaining, resetAt } = await counter.take({ key, max, windowMs });
	return [remaining, Math.ceil(resetAt / 1000), max];
}

/** In whole seconds, of which rounding must not make more than the window has. */
function secondsToReset(ctx: GatewayContext, { windowMs }: RateLimitPolicy): number {
	const seconds = Math.ceil(Number(ctx.response.get(resetHeader)) - Date.now() / 1000);
	return Math.max(1, Math.min(seconds, Math.ceil(windowMs / 1000)));
}

function exceeded(ctx: GatewayContext, policy: RateLimitPolicy): GatewayError {
	const seconds = secondsToReset(ctx, policy);
	ctx.set(resetHeader, formatSeconds(seconds));
	const message = `Rate limit reached: ${policy.max} requests per ${windowOf(policy)}. Try again in ${formatSeconds(seconds)}.${howToRaise(policy)}`;
	return new GatewayError(429, message, { code: "rate_limit_exceeded", headers: { "retry-after": String(seconds) } });
}

/** A key with a limit on requests of its own, which its requests that are limited count for, needs no other. */
function isCountedByKey(operation: Operation, caller: Caller | undefined, ofAllKeys: LimitSet): boolean {
	if (caller === undefined || operation.usage !== "limited") return false;
	const { requestsPerMinute, requestsPerDay } = { ...ofAllKeys, ...caller.limits };
	return requestsPerMinute !== undefined || requestsPerDay !== undefined;
}

/** An operation's own limit has its reasons; the document's may be raised. */
function howToRaise({ scope }: RateLimitPolicy): string {
	if (scope !== sharedScope) return "";
	return " Whoever runs this gateway can raise the limit (x-rate-limit in an overlay), lift it (--contract no-rate-limit), or give out keys with limits of their own.";
}

/** `15m` rather than the header's `15m0s`. */
function windowOf({ windowMs }: RateLimitPolicy): string {
	return formatSeconds(windowMs / 1000).replace(/(?<=[hm])(?:0m)?0s$/, "");
}
