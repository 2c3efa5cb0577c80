/** A request that the gateway makes itself, to generate a response in the background. */
import type { IncomingHttpHeaders } from "node:http";
import type { GatewayError } from "../errors/gatewayError.js";
import type { Caller } from "../keys/caller.js";

/** The request as it lives. */
export interface OwnRequest {
	readonly tags: Record<string, string>;
	/** The error that refused it or broke its stream. */
	readonly failure: GatewayError | undefined;
	/** At upstreams. */
	readonly attempts: readonly unknown[];
	stop(reason: GatewayError): void;
}

export interface OwnTask {
	/** The response's id. */
	readonly id: string;
	/** Whose response it is, as `ownerOf` has it. */
	readonly owner: string;
	/** Who has asked for it, and was let in then. */
	readonly caller: Caller | undefined;
	readonly clientCredentials: IncomingHttpHeaders | undefined;
	/** The response as its client was told that it is queued. */
	readonly queued: Readonly<Record<string, unknown>>;
	/** Plugins' notes about its client's request. */
	readonly tags: Readonly<Record<string, string>>;
	/** Counts how often the response has begun anew. */
	readonly turn: number;
	/** Another worker has generated a part of it, which may be in a file. */
	readonly isTakenOver: boolean;
	/** The request has arrived. */
	arrived(request: OwnRequest): void;
	/** Nothing refuses it any more: an upstream is asked. */
	admitted(): void;
	/** Its answer has this id, for others who follow it. */
	shared(answerId: string): void;
	/** The response has begun to come. */
	begun(response: Record<string, unknown>): void;
	/** The response is over. Nobody is told of that before this resolves. */
	ended(response: Record<string, unknown>): Promise<void>;
}

/** A client's request that the gateway makes others of, each a part of it. Its client was let in, and counted. */
export interface WholeRequest {
	readonly caller: Caller | undefined;
	readonly formerCredential: string | undefined;
	readonly clientCredentials: IncomingHttpHeaders | undefined;
	/** The id of the batch that it is a line of; undefined if it is a part of something else. */
	readonly batch?: string;
}

/** The gateway's end of a connection within the process, which nobody else can make. */
export interface TaskSocket {
	readonly ownTask?: OwnTask;
	readonly partOf?: WholeRequest;
}
