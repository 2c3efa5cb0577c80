/** The types that the gateway's own links are made of. */
import type Koa from "koa";
import type { Prices } from "../accounting/prices.js";
import type { UsageRecorder } from "../accounting/usageRecorder.js";
import type { Background } from "../background/background.js";
import type { Batches } from "../batches/batches.js";
import type { AnswerCache } from "../cache/answerCache.js";
import type { Contract } from "../contract/contract.js";
import type { Seals } from "../dialects/seals.js";
import type { BodyBudget } from "../exchange/bodyBudget.js";
import type { Exchange } from "../exchange/exchange.js";
import type { Accept } from "../exchange/innerRequest.js";
import type { LocalFiles } from "../files/localFiles.js";
import type { KeyUsage } from "../keys/lastUse.js";
import type { Passes } from "../keys/passes/worker.js";
import type { Keys } from "../keys/worker.js";
import type { Counter } from "../limits/counter.js";
import type { Ledger } from "../limits/ledger.js";
import type { Metrics } from "../metrics/worker.js";
import type { Stage } from "../plugin.js";
import type { PromptLibrary } from "../prompts/promptLibrary.js";
import type { Replays } from "../replay/worker.js";
import type { Threads } from "../responses/threads.js";
import type { Sessions } from "../sessions/worker.js";
import type { Settings } from "../settings/settings.js";
import type { ClientSockets } from "../sockets/clientSockets.js";
import type { Store } from "../store/store.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import type { Tracing } from "../tracing/requestTrace.js";
import type { UpstreamStates } from "../upstream/health/states.js";
import type { DefaultModel } from "../upstream/listedModels/defaultModel.js";
import type { Upstreams } from "../upstream/upstreams.js";

export interface GatewayState {
	exchange: Exchange;
}

/** The router's additions to Koa's context. */
export interface RouteParameters {
	/** Path parameters, percent-decoded. */
	params: Record<string, string>;
}

export type GatewayContext = Koa.ParameterizedContext<GatewayState, RouteParameters>;
export type GatewayMiddleware = Koa.Middleware<GatewayState, RouteParameters>;

/** The parts of the gateway that its own links and handlers use. Users' plugins get `PluginTools`. */
export interface GatewayServices {
	readonly settings: Settings;
	readonly contract: Contract;
	readonly upstreams: Upstreams;
	/** For what clients keep and give back. */
	readonly seals: Seals;
	/** The model of a request that names none. */
	readonly defaultModel: DefaultModel;
	readonly counter: Counter;
	/** Limits on what is used, over all workers. */
	readonly ledger: Ledger;
	/** The state of each upstream, across all workers, and who may send it a request. */
	readonly states: UpstreamStates;
	/** Prompts and stored completions; opened at its first use. What it throws becomes the response (`src/store/failure.ts`). */
	readonly store: Store;
	/** Who may call. */
	readonly keys: Keys;
	/** The local user's substitute for the administrator's credential. */
	readonly passes: Passes | undefined;
	/** Takes notes of when keys are used. */
	readonly keyUsage: KeyUsage;
	/** Finds the version of a prompt that a request means, ready to be rendered. */
	readonly prompts: PromptLibrary;
	/** Files that the gateway keeps itself, and the records of all. */
	readonly files: LocalFiles;
	/** Responses that can be gone on from. */
	readonly threads: Threads;
	/** Takes usage records; undefined if usage is off. */
	readonly usage: UsageRecorder | undefined;
	/** How many bytes of request bodies this worker may hold. */
	readonly bodies: BodyBudget;
	/** Requests under way, and their sessions. */
	readonly sessions: Sessions;
	/** Responses that are generated without a client. */
	readonly background: Background;
	/** Batches of requests, which the gateway runs. */
	readonly batches: Batches;
	/** Answers that are given to a request that comes again. */
	readonly replays: Replays;
	/** Answers that are given to equal requests. */
	readonly cache: AnswerCache;
	/** Prices of tokens. */
	readonly prices: Prices;
	/** Counts for `/metrics`; undefined if metrics are off. */
	readonly metrics: Metrics | undefined;
	/** Traces, where a collector is named. */
	readonly tracing: Tracing | undefined;
	/** Requests and streams this worker has in flight. */
	readonly load: { requests: number; streams: number };
	/** Those of the requests that are lines of batches. */
	readonly lines: { inFlight: number };
	/** Clients' WebSockets. */
	readonly sockets: ClientSockets;
	/** Accepts connections from within; undefined before the gateway has a server. */
	readonly inner: { accept: Accept | undefined };
	/** Set when the gateway is stopping: it answers what it has and takes no more. */
	readonly isDraining: () => boolean;
	/** Set while the gateway is about to stop, and still takes requests (`--drain-delay`). */
	readonly isLeaving?: (() => boolean) | undefined;
	/** Set when the primary is gone: requests that come now are refused. */
	readonly isOrphaned: () => boolean;
	/** Prints a block of lines for people (`--verbose`), whole, whichever worker it comes from. */
	readonly print: (block: string) => void;
	/** Writes a line of JSON to the log, as it is. */
	readonly log: (line: string) => void;
	/** Tells the operator, on stderr, of something that went wrong. */
	readonly complain: (block: string) => void;
}

/** Handles one operation. @returns the JSON to answer with, an answer, or undefined if it has set `ctx.body` */
export type OperationHandler = (ctx: GatewayContext) => HandlerResult | Promise<HandlerResult>;
export type HandlerResult = object | ResponseStream | undefined;

/** One of the gateway's own links. */
export interface Link {
	/** Unique in the chain; lower case with dashes. */
	readonly name: string;
	readonly stage: Stage;
	/** Makes its middleware, once in each worker. */
	middleware(gateway: GatewayServices): GatewayMiddleware;
}

/** Gives a link its types. */
export function defineLink(link: Link): Link {
	return link;
}
