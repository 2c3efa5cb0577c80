/** The limits of upstreams: reserved before an attempt, and settled by its actual use. */
import { asGatewayError, type GatewayError } from "../errors/gatewayError.js";
import type { Exchange } from "../exchange/exchange.js";
import type { AttemptUsage } from "../exchange/usage.js";
import type { Ledger } from "../limits/ledger.js";
import type { Recorder } from "../metrics/metricRecorder.js";
import type { UpstreamSettings } from "../settings/routes.js";
import type { Attempt } from "../upstream/attempt.js";
import type { Gate } from "../upstream/gate.js";
import { amountsOf, type Claiming, claimsOf } from "./claims.js";
import { type AppliedLimit, upstreamLimits } from "./limitTable.js";
import { limitRefusal } from "./refusal.js";
import type { TokenNeed } from "./tokenNeed.js";

export type LimitedUpstreams = ReadonlyMap<string, readonly AppliedLimit[]>;

/** @returns limits by upstream; undefined if no upstream has any */
export function limitedUpstreams(upstreams: readonly UpstreamSettings[]): LimitedUpstreams | undefined {
	const limited = upstreams.map(({ name, limits }) => [name, upstreamLimits(name, limits)] as const);
	const some = limited.filter(([, limits]) => limits.length > 0);
	return some.length === 0 ? undefined : new Map(some);
}

interface Taken {
	readonly upstream: string;
	readonly hold: number;
	readonly claiming: Claiming;
	attempt: Attempt | undefined;
}

export interface GateServices {
	readonly ledger: Ledger;
	readonly recorder: Recorder;
	/** By attempt of the exchange, when it is over. */
	usages(): readonly AttemptUsage[];
}

/** For one request. What was taken is settled when its response is closed. */
export function createGate(
	limited: LimitedUpstreams,
	exchange: Exchange,
	need: TokenNeed | undefined,
	{ ledger, recorder, usages }: GateServices,
): Gate {
	const all: Taken[] = [];
	const { input = 0, output = 0, likelyOutput = 0 } = need ?? {};

	const settle = ({ hold, claiming, attempt }: Taken) => {
		const at = attempt === undefined ? -1 : exchange.attempts.indexOf(attempt);
		const tokens = usages()[at]?.tokens;
		const used = {
			requests: attempt === undefined ? 0 : 1,
			tokens: tokens === undefined ? 0 : tokens.input + tokens.output,
			cost: 0,
			concurrency: 0,
			time: 0,
		};
		ledger.settle(hold, amountsOf(claiming.claims, used));
	};

	async function take(upstream: string, limits: readonly AppliedLimit[]): Promise<GatewayError | undefined> {
		const claiming = claimsOf(limits, { input, output, likelyOutput, cost: () => undefined });
		const { claims } = claiming;
		try {
			const decision = await ledger.reserve({ claims, priority: 0, maxWaitMs: 0 });
			if (!decision.isGranted) {
				const applied = claiming.limits[decision.claim] as AppliedLimit;
				recorder.add("limits", [applied.label, "refused"]);
				return limitRefusal(applied, claims[decision.claim] as (typeof claims)[number], decision, Date.now());
			}
			for (const { label } of limits) recorder.add("limits", [label, "allowed"]);
			const taken: Taken = { upstream, hold: decision.hold, claiming, attempt: undefined };
			all.push(taken);
			exchange.onOver(() => settle(taken));
			return undefined;
		} catch (error) {
			return asGatewayError(error);
		}
	}

	return {
		enter(upstream, isLastResort = false) {
			const limits = limited.get(upstream);
			if (isLastResort && all.some((one) => one.attempt === undefined && one.upstream === upstream)) return undefined;
			return limits && take(upstream, limits);
		},
		used(attempt) {
			const taken = all.find((one) => one.attempt === undefined && one.upstream === attempt.target.upstream);
			if (taken) taken.attempt = attempt;
		},
	};
}
