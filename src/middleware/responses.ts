/**
 * Keeps responses, and goes on from kept ones: a request that names an earlier response is sent as if its client had sent the
 * whole conversation, or to the upstream that keeps that response itself.
 */
import { targetsOf } from "../admission/tokenNeed.js";
import { isAnswered } from "../background/answered.js";
import type { JsonBody } from "../contract/defaults.js";
import { beginTurn, conversationIn, earlierItems, type RequestTurn } from "../conversations/conversationTurn.js";
import { conversationNotFound, noConversationId } from "../conversations/failures.js";
import { asGatewayError, internalFailure } from "../errors/gatewayError.js";
import type { Exchange } from "../exchange/exchange.js";
import { lengthOf, wholeBytes } from "../json/bodyBytes.js";
import { ownerOf } from "../keys/owner.js";
import { responseIdIn } from "../replay/responseEvents.js";
import { captureResponse, maxKeptBytes } from "../responses/captureResponse.js";
import { expandBody, otherMembers, scanMembers, withBodyMembers } from "../responses/expandBody.js";
import {
	keptElsewhere,
	mutuallyExclusive,
	nothingKept,
	previousNotFound,
	threadTooLarge,
} from "../responses/failures.js";
import type { History } from "../responses/historyMemory.js";
import { hasReference, inputItems, joinItems } from "../responses/inputItems.js";
import { type Keeping, keepInTurn, keepOwn, noteHome } from "../responses/keepResponse.js";
import { echoedOf } from "../responses/responseObject.js";
import { bringsCredential, isKeptByUpstream } from "../responses/upstreamMemory.js";
import type { Route } from "../settings/routes.js";
import type { ConversationName } from "../store/conversationTypes.js";
import { newResponseId } from "../store/newId.js";
import type { ResponseHead } from "../store/responseTypes.js";
import { StoreError } from "../store/store.js";
import { withStatus } from "../store/storeFailure.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import { defineLink, type GatewayContext, type GatewayServices } from "./link.js";

export const responses = defineLink({
	name: "responses",
	stage: "upstream",
	middleware: (gateway) => {
		const keeper = new ResponseKeeper(gateway);
		return (ctx, next) => {
			const { operation, body, route, task } = ctx.state.exchange;
			if (body === undefined || route === undefined || !withInput.has(operation?.id)) return next();
			const isCreated = operation?.id === "createResponse";
			if (!isCreated && !goesOn(body.json)) return next();
			return keeper.pass(ctx, { body, route, owner: task?.owner ?? ownerOf(ctx), isCreated }, next);
		};
	},
});

const withInput: ReadonlySet<string | undefined> = new Set([
	"createResponse",
	"compactResponse",
	"countResponseTokens",
]);

/** It has more to it than what it brings itself. */
function goesOn({ previous_response_id: previous, conversation }: JsonBody["json"]): boolean {
	return (previous ?? conversation ?? undefined) !== undefined;
}

interface Request {
	readonly body: JsonBody;
	readonly route: Route;
	readonly owner: string;
	/** A response is asked for, and not only what its input comes to. */
	readonly isCreated: boolean;
}

/** What a request goes on from. */
interface Before {
	/** The response that it names. */
	readonly previous: string | undefined;
	readonly history: History | undefined;
	readonly turn: RequestTurn | undefined;
}

type Capture = (answer: ResponseStream) => void;

/** Undefined if the response is none of the gateway's business. A promise only where something is to be looked up. */
type MaybeCapture = Capture | undefined | Promise<Capture | undefined>;

/** What an upstream is told in place of what the client says of memory. */
const forInput = otherMembers({ previous_response_id: undefined, conversation: undefined });
const forResponse = otherMembers({ ...forInput.json, store: false });

const reference = Buffer.from("item_reference");

class ResponseKeeper {
	readonly #gateway: GatewayServices;
	/** Responses are kept, if nobody asks for the opposite. */
	readonly #canKeep: boolean;
	/** Those that say nothing of it are kept. */
	readonly #isDefault: boolean;

	constructor(gateway: GatewayServices) {
		const { keepResponses, storeUrl, dataFolder } = gateway.settings;
		this.#gateway = gateway;
		this.#canKeep = keepResponses !== "never" && (storeUrl ?? dataFolder) !== undefined;
		this.#isDefault = keepResponses === "default";
	}

	async pass(ctx: GatewayContext, request: Request, next: () => Promise<unknown>): Promise<void> {
		const { exchange } = ctx.state;
		const { conversation, previous_response_id: named } = request.body.json;
		const turn = (conversation ?? undefined) === undefined ? undefined : await this.#turnIn(exchange, request);
		try {
			const previous = typeof named === "string" ? named : undefined;
			const history = previous === undefined ? undefined : await this.#historyOf(request.owner, previous);
			const prepared = this.#prepare(ctx, request, { previous, history, turn });
			const capture = prepared instanceof Promise ? await prepared : prepared;
			await next();
			const { answer } = exchange;
			if (answer !== undefined && ctx.body === undefined && answer.status >= 200 && answer.status < 300) {
				capture?.(answer);
				return;
			}
		} catch (error) {
			await turn?.release?.();
			throw error;
		}
		await turn?.release?.();
	}

	/** Makes the request whole. @returns what is to be done with its answer */
	#prepare(ctx: GatewayContext, request: Request, { previous, history, turn }: Before): MaybeCapture {
		const { exchange } = ctx.state;
		const { json } = request.body;
		const last = history?.last;
		const keeping = this.#keepingOf(exchange, request, { previous, last, turn });
		if (turn !== undefined) return this.#expand(ctx, request, keeping, { turn });
		if (last?.home !== undefined) {
			exchange.pinned = targetsAt(request.route, last.home, last.id);
			return this.#noting(exchange, json, keeping);
		}
		if (last === undefined && this.#isUpstreams(exchange, request, previous))
			return this.#noting(exchange, json, keeping);
		return this.#expand(ctx, request, keeping, { history });
	}

	/** @throws GatewayError 404 for a conversation that nobody has, or that may be another caller's; 400 if it is somebody else's turn */
	async #turnIn(
		exchange: Exchange,
		{ body: { json }, owner, route, isCreated }: Request,
	): Promise<RequestTurn | undefined> {
		if (json.previous_response_id != null && json.conversation != null) throw mutuallyExclusive();
		const id = conversationIn(json);
		if (id === undefined && json.conversation != null) throw noConversationId();
		if (id === undefined) return undefined;
		const turn = this.#canKeep ? await this.#begin({ owner, id }, isCreated) : undefined;
		if (turn === undefined && !this.#isTheirs(exchange, route)) throw conversationNotFound(id, "conversation");
		if (turn?.release !== undefined) exchange.onOver(() => void turn.release?.());
		return turn;
	}

	async #begin(name: ConversationName, isCreated: boolean): Promise<RequestTurn | undefined> {
		const { conversations } = this.#gateway.store;
		try {
			if (isCreated) return await beginTurn(conversations, name);
			const earlier = await earlierItems(conversations, name);
			return earlier && { id: name.id, earlier };
		} catch (error) {
			throw withStatus(error);
		}
	}

	/** Its upstreams may have what the gateway doesn't know, and know whose it is. */
	#isTheirs(exchange: Exchange, route: Route): boolean {
		const { upstreams } = this.#gateway;
		const targets = targetsOf(route);
		if (!isKeptByUpstream(route, targets, upstreams, exchange.model)) return false;
		return exchange.caller === undefined || bringsCredential(targets, upstreams);
	}

	/** @throws GatewayError 400 if one of those before it is gone, or it is under way in the background */
	async #historyOf(owner: string, previous: string): Promise<History | undefined> {
		if (!this.#canKeep) return undefined;
		const { threads, background } = this.#gateway;
		try {
			const history = await threads.history(owner, previous);
			if (history !== undefined || !(await isAnswered(background, owner, previous))) return history;
			return await threads.history(owner, previous);
		} catch (error) {
			throw withStatus(error);
		}
	}

	/** @throws GatewayError 400 for an earlier response that nobody has, or that may be another caller's */
	#isUpstreams(exchange: Exchange, { route }: Request, previous: string | undefined): boolean {
		const { upstreams } = this.#gateway;
		const targets = targetsOf(route);
		const isUpstreams = isKeptByUpstream(route, targets, upstreams, exchange.model);
		// The client of a response in the background knows the gateway's id of it.
		if (previous === undefined) return isUpstreams && exchange.task === undefined;
		if (this.#isTheirs(exchange, route)) return true;
		throw this.#canKeep || isUpstreams ? previousNotFound(previous) : nothingKept();
	}

	#keepingOf(
		exchange: Exchange,
		{ body: { json }, owner }: Request,
		{
			previous,
			last,
			turn,
		}: { previous: string | undefined; last: ResponseHead | undefined; turn: RequestTurn | undefined },
	): Keeping {
		const { threads, complain } = this.#gateway;
		return {
			threads,
			owner,
			model: exchange.model ?? "",
			createdAt: Math.floor(exchange.receivedAt / 1000),
			previous,
			thread: last?.thread,
			conversation: turn?.id,
			requestId: exchange.id,
			isAsked: json.store === true || previous !== undefined,
			complain(error) {
				// The store itself complains of what is wrong with it.
				if (!(error instanceof StoreError)) complain(internalFailure(exchange.id, asGatewayError(error)));
			},
		};
	}

	/** The upstream keeps the response: the gateway notes whose it is, and where. */
	#noting(exchange: Exchange, json: JsonBody["json"], keeping: Keeping): Capture | undefined {
		if (!this.#canKeep || json.store === false) return undefined;
		const home = () => exchange.attempts.findLast(({ isChosen }) => isChosen)?.target.upstream;
		return (answer) => {
			// One of the cache's is another request's.
			if (exchange.cached === undefined) captureResponse(answer, noteHome(keeping, home));
		};
	}

	/** Puts the earlier turns into the request. */
	#expand(
		ctx: GatewayContext,
		request: Request,
		keeping: Keeping,
		{ history, turn }: { history?: History | undefined; turn?: RequestTurn },
	): MaybeCapture {
		const { threads } = this.#gateway;
		const { body, owner, isCreated } = request;
		const { json } = body;
		const isStored = json.store === true || (json.store !== false && this.#isDefault);
		const keeps = this.#canKeep && isCreated && isStored;
		const goesOn = history !== undefined || turn !== undefined;
		const bytes = wholeBytes(body);
		if (!keeps && !goesOn && !(this.#canKeep && bytes.includes(reference))) return undefined;
		const scanned = scanMembers(bytes);
		const given = inputItems(bytes, scanned.elements);
		const earlier = turn?.earlier ?? (history === undefined || history.items.length === 0 ? [] : [history.items]);
		const expanded = (resolved: readonly Buffer[]) => {
			const own = joinItems(resolved);
			const isChanged = earlier.length > 0 || resolved.some((item, place) => item !== given[place]);
			const members = isCreated ? forResponse : forInput;
			const changed = isChanged
				? expandBody(body, scanned, { earlier, own, members })
				: withBodyMembers(body, scanned, members);
			this.#replaceBody(ctx, body, changed);
			return isCreated && (keeps || goesOn) ? this.#capturing(ctx, request, keeping, { own, turn, keeps }) : undefined;
		};
		return hasReference(given) ? threads.resolve(owner, given, earlier).then(expanded) : expanded(given);
	}

	/** @param own the request's items */
	#capturing(
		ctx: GatewayContext,
		{ body: { json } }: Request,
		keeping: Keeping,
		{ own, turn, keeps }: { own: Buffer; turn: RequestTurn | undefined; keeps: boolean },
	): Capture {
		const { exchange } = ctx.state;
		const { previous = null } = keeping;
		const id = keeps ? { id: idFor(exchange) } : {};
		const conversation = turn === undefined ? {} : { conversation: { id: turn.id } };
		const said = { previous_response_id: previous, store: keeps, ...id, ...conversation };
		const keep = keeps ? keepOwn(keeping, own) : undefined;
		return (answer) =>
			captureResponse(answer, {
				members: { own: said, echoed: echoedOf(json) },
				keep: turn === undefined ? keep : keepInTurn(turn, own, keep),
				tooLong: () => this.#tooLong(exchange),
			});
	}

	#replaceBody(ctx: GatewayContext, body: JsonBody, changed: JsonBody): void {
		const { exchange } = ctx.state;
		const { settings } = this.#gateway;
		const length = lengthOf(changed);
		const more = length - lengthOf(body);
		const maxBytes = Math.min(exchange.operation?.maxBodyBytes ?? settings.maxBodyBytes, settings.maxBodyBytes);
		if (more > 0 && length > maxBytes && goesOn(body.json))
			throw threadTooLarge(
				maxBytes,
				(body.json.conversation ?? undefined) === undefined ? "previous_response_id" : "conversation",
			);
		exchange.bodyHold?.add(Math.max(0, more));
		exchange.body = changed;
		ctx.request.body = changed.json;
	}

	#tooLong({ id }: Exchange): void {
		this.#gateway.complain(`request ${id}: its response is too long to be kept (${maxKeptBytes >> 20} MB)`);
	}
}

/** A response in the background, and one that another worker has begun, have their ids already. */
function idFor({ task, given }: Exchange): string {
	return task?.id ?? (given && responseIdIn(given.body.toString())) ?? newResponseId();
}

/** @throws GatewayError 400 if the model's route doesn't lead to the upstream that keeps the earlier response */
function targetsAt(route: Route, upstream: string, previous: string) {
	const targets = targetsOf(route).filter((target) => target.upstream === upstream);
	if (targets.length > 0) return targets;
	throw keptElsewhere(previous);
}
