/** Takes requests for responses in the background, and gives the answers that are generated for them their own ids and numbers. */

import { targetsOf } from "../admission/tokenNeed.js";
import { backgroundEvents, backgroundWhole } from "../background/events.js";
import { followedStream } from "../background/followed.js";
import { firstEvents } from "../background/response.js";
import { keptAnswer } from "../cache/keptAnswer.js";
import { openaiResponses } from "../dialects/openaiResponses/index.js";
import { eventsIn } from "../dialects/openaiResponses/sentStream.js";
import { GatewayError } from "../errors/gatewayError.js";
import type { Exchange } from "../exchange/exchange.js";
import type { OwnTask } from "../exchange/ownTask.js";
import { ownerOf } from "../keys/owner.js";
import { isKeptByUpstream, seesCredential } from "../responses/upstreamMemory.js";
import type { Route } from "../settings/routes.js";
import { defineLink, type GatewayContext, type GatewayServices } from "./link.js";

/** A refusal that comes later than this is the response's failure. */
const patienceMs = 1_000;

export const background = defineLink({
	name: "background",
	stage: "upstream",
	middleware: (gateway) => (ctx, next) => {
		const { exchange } = ctx.state;
		if (exchange.task !== undefined) return generate(ctx, exchange.task, next);
		if (exchange.operation?.id !== "createResponse" || exchange.body?.json.background !== true) return next();
		return isTheirs(gateway, exchange) ? next() : take(gateway, ctx);
	},
});

/** Vendors that generate in the background themselves. */
const hosts: ReadonlySet<string | undefined> = new Set(["openai", "azure"]);

/** All upstreams of a route do it themselves: their ids lead back to them. */
function isTheirs({ upstreams }: GatewayServices, { route, model }: Exchange): boolean {
	if (route === undefined) return false;
	const targets = targetsOf(route);
	const doSo = targets.every((target) => hosts.has(upstreams.of(target).settings.provider));
	return doSo && isKeptByUpstream(route, targets, upstreams, model);
}

function needsCredentials({ upstreams }: GatewayServices, route: Route | undefined): boolean {
	return route !== undefined && targetsOf(route).some((target) => seesCredential(target, upstreams));
}

async function take(gateway: GatewayServices, ctx: GatewayContext): Promise<void> {
	const { exchange } = ctx.state;
	const json = exchange.body?.json ?? {};
	if (gateway.settings.backgroundMax === 0) throw switchedOff();
	if (json.store === false) throw notStored();
	const isStream = json.stream === true;
	const { run, end } = await gateway.background.take({
		...{ exchange, owner: ownerOf(ctx), target: ctx.path + ctx.search },
		...{ needsCredentials: needsCredentials(gateway, exchange.route), isFollowed: isStream },
	});
	// From here on it is another request's, which is counted, limited and recorded.
	exchange.isReplay = true;
	await Promise.race([end, run.admitted, later()]);
	if (run.refusal !== undefined) {
		await gateway.background.forget(run);
		throw run.refusal;
	}
	run.isAnswered = true;
	if (!isStream) {
		const body = Buffer.from(JSON.stringify(run.isOver ? run.response : run.facts.queued));
		exchange.answer = keptAnswer(body, openaiResponses, { isStream: false }, {});
		await exchange.answer.started;
		return;
	}
	const { id, owner, queued } = run.facts;
	const answer = followedStream(gateway.background, { id, owner, first: firstEvents(queued), after: -1 });
	answer.dialect = exchange.operation?.dialect;
	exchange.answer = answer;
	await answer.started;
}

function later(): Promise<undefined> {
	return new Promise((resolve) => setTimeout(resolve, patienceMs, undefined).unref());
}

/** The gateway's own request for one. */
async function generate(ctx: GatewayContext, task: OwnTask, next: () => Promise<unknown>): Promise<void> {
	await next();
	const { answer, given } = ctx.state.exchange;
	if (answer === undefined || answer.status >= 400) return;
	const { queued } = task;
	if (!answer.isStream) answer.transforms.push(backgroundWhole(task, queued));
	else answer.transforms.push(backgroundEvents({ task, queued, last: given && lastNumberIn(given.body) }));
}

/** @returns undefined for one that has no event yet */
function lastNumberIn(body: Buffer): number | undefined {
	let last: number | undefined;
	for (const { sequence_number: number } of eventsIn(body)) if (typeof number === "number") last = number;
	return last;
}

function switchedOff(): GatewayError {
	return new GatewayError(400, "This gateway generates no responses in the background.", {
		code: "unsupported_parameter",
		param: "background",
	});
}

function notStored(): GatewayError {
	return new GatewayError(400, "A response in the background has to be stored: leave out `store`, or set it to true.", {
		code: "invalid_value",
		param: "store",
	});
}
