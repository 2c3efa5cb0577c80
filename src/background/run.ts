/** One response that this worker generates in the background. */
import type { GatewayError } from "../errors/gatewayError.js";
import type { OwnRequest, OwnTask } from "../exchange/ownTask.js";
import type { Caller } from "../keys/caller.js";
import type { Asked } from "./ask.js";
import type { Task } from "./task.js";

type Json = Record<string, unknown>;

export interface RunFacts {
	readonly id: string;
	readonly owner: string;
	/** Seconds since the epoch. */
	readonly createdAt: number;
	readonly task: Task;
	readonly caller: Caller | undefined;
	/** As it was queued. */
	readonly queued: Json;
}

export class Run {
	readonly facts: RunFacts;
	/** As far as it has come. */
	response: Json;
	/** Somebody has been given its events. */
	isFollowed: boolean;
	isTakenOver: boolean;
	turn: number;
	request: OwnRequest | undefined;
	asked: Asked | undefined;
	/** The answer's id, by which others follow it. */
	answerId: string | undefined;
	hasBegun = false;
	/** Its end is known to the store. */
	isOver = false;
	/** Somebody else goes on with it. */
	isLeft = false;
	/** Why it was refused before any upstream was asked; its client is told so instead of an id. */
	refusal: GatewayError | undefined;
	/** Its client knows its id, so that it can only fail. */
	isAnswered: boolean;
	/** Why it is stopped. */
	stopReason: GatewayError | undefined;
	timer: NodeJS.Timeout | undefined;
	/** Resolves when an upstream is asked. */
	readonly admitted: Promise<void>;
	readonly #admit: () => void;

	constructor(facts: RunFacts, { isFollowed = false, isTakenOver = false, turn = 0, response = facts.queued } = {}) {
		this.facts = facts;
		this.response = response;
		this.isFollowed = isFollowed;
		this.isTakenOver = isTakenOver;
		this.isAnswered = isTakenOver;
		this.turn = turn;
		let admit!: () => void;
		this.admitted = new Promise((resolve) => {
			admit = resolve;
		});
		this.#admit = admit;
	}

	/** @param hears of what becomes of it */
	ownTask(hears: { begun(): void; ended(response: Json): Promise<void> }): OwnTask {
		const { id, owner, caller, queued, task } = this.facts;
		return {
			...{ id, owner, caller, queued, tags: task.tags },
			clientCredentials: undefined,
			turn: this.turn,
			isTakenOver: this.isTakenOver,
			arrived: (request) => {
				this.request = request;
				Object.assign(request.tags, task.tags);
				if (this.stopReason !== undefined) request.stop(this.stopReason);
			},
			admitted: this.#admit,
			shared: (answerId) => {
				this.answerId = answerId;
			},
			begun: (response) => {
				this.response = response;
				if (this.hasBegun) return;
				this.hasBegun = true;
				hears.begun();
			},
			ended: (response) => hears.ended(response),
		};
	}

	/** Ends the request to the upstream. */
	stop(reason: GatewayError): void {
		this.stopReason ??= reason;
		this.request?.stop(reason);
		this.asked?.leave();
	}
}
