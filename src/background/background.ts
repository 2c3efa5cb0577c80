/** Responses in the background: taken from clients, looked up, cancelled, and taken over from workers that are no more. */
import { GatewayError } from "../errors/gatewayError.js";
import { messageOf } from "../errors/problem.js";
import type { Exchange } from "../exchange/exchange.js";
import { idleRecorder } from "../metrics/metricRecorder.js";
import type { Replays } from "../replay/worker.js";
import { cancelled } from "../responses/failures.js";
import {
	type BackgroundRecord,
	type EndedStatus,
	isUnfinished,
	type TakenBackground,
} from "../store/backgroundTypes.js";
import { newId } from "../store/newId.js";
import { mayHaveStore } from "../store/sqliteFile.js";
import { StoreError } from "../store/store.js";
import { untilStored } from "../store/untilStored.js";
import { deliveriesOf } from "../webhooks/message.js";
import { Lookout } from "./lookout.js";
import { cancelledResponse, failedResponse, queuedResponse } from "./response.js";
import { Run } from "./run.js";
import { leaseMs, Runs } from "./runs.js";
import type { BackgroundServices } from "./services.js";
import { callerIn, type Task, taskOf } from "./task.js";

type Json = Record<string, unknown>;

export interface NewRun {
	readonly exchange: Exchange;
	readonly owner: string;
	/** The request's path and query. */
	readonly target: string;
	readonly needsCredentials: boolean;
	/** Its client is given its events at once. */
	readonly isFollowed: boolean;
}

/** Ids say that a response is one of these, so that nothing else is looked up among them. */
const prefix = "resp_bg";
const idLetters = 46;
const retainEveryMs = 3_600_000;
/** Longer than the longest time that a webhook is tried. */
const deliveriesKeptMs = 7 * 86_400_000;

export class Background {
	readonly #services: BackgroundServices;
	readonly #runs: Runs;
	readonly #lookout = new Lookout((gone) => this.#look(gone));
	#retainedAt = 0;
	/** There was no room for all that are to be generated. */
	#othersWait = false;

	constructor(services: BackgroundServices) {
		this.#services = services;
		this.#runs = new Runs({
			...services,
			end: (run, response) => this.#end(run, response),
			freed: () => this.#othersWait && this.look(),
		});
		const { port } = services;
		port.lookers.add((gone) => this.look(gone));
		port.stoppers.add((id) => this.#runs.drop(id, cancelled()));
	}

	get replays(): Replays {
		return this.#services.replays;
	}

	/** Takes over what nobody is at work on, and sends what is due. @param gone workers that are no more */
	look(gone: readonly string[] = []): void {
		this.#lookout.look(gone);
	}

	/** Whether a response of this id can be one in the background. */
	isOne(id: string): boolean {
		return id.startsWith(prefix);
	}

	/**
	 * Takes a request. What it resolves with is durable, and goes on without its client.
	 *
	 * @throws GatewayError 429 if its owner has too many
	 */
	async take({
		exchange,
		owner,
		target,
		needsCredentials,
		isFollowed,
	}: NewRun): Promise<{ run: Run; end: Promise<void> }> {
		const { settings, store, port } = this.#services;
		const { caller, body, model } = exchange;
		const id = newId(prefix, idLetters);
		const createdAt = Math.floor(Date.now() / 1000);
		const begun = { id, createdAt, json: body?.json ?? {}, requestId: exchange.id, model: model ?? "" };
		const queued = queuedResponse(begun);
		const task = taskOf(exchange, { target, needsCredentials, seals: port.seals });
		const isToWait = this.#runs.free === 0;
		const record = { id, owner, createdAt, response: JSON.stringify(queued), task: JSON.stringify(task), isFollowed };
		const lease = isToWait ? nobodys : { holder: port.holder, leaseUntil: Date.now() + leaseMs };
		const isTaken = await store.background.add({ ...record, ...lease }, settings.backgroundOwnerMax);
		if (!isTaken) throw tooMany(settings.backgroundOwnerMax);
		port.due(isToWait ? Date.now() : lease.leaseUntil);
		this.#othersWait ||= isToWait;
		const run = new Run({ id, owner, createdAt, task, caller, queued }, { isFollowed });
		const end = isToWait ? Promise.resolve() : this.#runs.start(run);
		end.catch((error: unknown) => this.#report(error));
		return { run, end };
	}

	/** It was refused, and its client has heard so: there is no such response. */
	async forget({ facts }: Run): Promise<void> {
		await this.#services.store.background.remove(facts.owner, facts.id);
	}

	find(owner: string, id: string): Promise<BackgroundRecord | undefined> {
		return this.#services.store.background.get(owner, id);
	}

	/** Somebody is given its events. */
	async follow({ id }: BackgroundRecord): Promise<void> {
		const run = this.#runs.of(id);
		if (run?.isFollowed) return;
		if (run !== undefined) run.isFollowed = true;
		await this.#services.store.background.follow(id);
	}

	/** Ends one, wherever it is generated. @returns the response as it is then */
	async cancel(record: BackgroundRecord): Promise<Json> {
		const response = parse(record.response);
		if (!isUnfinished(record)) return response;
		const over = cancelledResponse(this.#runs.of(record.id)?.response ?? response);
		if (!(await this.#write(record.id, record.owner, over))) {
			const now = await this.find(record.owner, record.id);
			return now === undefined ? over : parse(now.response);
		}
		this.#stop(record.id);
		return over;
	}

	/** Removes one; if it is under way, it is cancelled. @returns false if there was none */
	async remove(owner: string, id: string): Promise<boolean> {
		const isRemoved = await this.#services.store.background.remove(owner, id);
		if (isRemoved) this.#stop(id);
		return isRemoved;
	}

	/** The worker is about to end: it takes no more. */
	drain(): void {
		this.#runs.drain();
		this.#services.port.due(Date.now());
	}

	/** The process is about to end. */
	async close(): Promise<void> {
		this.#lookout.close();
		await this.#runs.abandon();
		await this.#lookout.settled();
	}

	async settled(): Promise<void> {
		await this.#runs.settled();
		await this.#services.sender.settled();
	}

	#stop(id: string): void {
		this.#runs.drop(id, cancelled());
		this.#services.port.stop(id);
	}

	async #end(run: Run, response: Json): Promise<void> {
		if (run.isOver || run.isLeft) return;
		const { id, owner } = run.facts;
		try {
			await untilStored(
				() => this.#write(id, owner, response, run),
				() => run.isLeft,
			);
			run.isOver = true;
		} catch (error) {
			if (run.isLeft && error instanceof StoreError)
				this.#services.complain(
					`${id} is over, and its end can't be kept: it is generated once more, here or elsewhere`,
				);
			throw error;
		}
	}

	/** @returns false if it was over already */
	async #write(id: string, owner: string, response: Json, known?: Run): Promise<boolean> {
		const { store, settings, sender, recorder = idleRecorder } = this.#services;
		const status = statusOf(response);
		const { task, caller } = (known ?? this.#runs.of(id))?.facts ?? (await this.#taskOf(owner, id));
		const happening = {
			...{ type: `response.${status}` as const, subject: id, route: task?.route },
			...{ key: caller?.keyName ?? task?.caller?.keyName, team: caller?.team ?? task?.caller?.team },
		};
		const deliveries = deliveriesOf(settings.webhooks, happening);
		const isEnded = await store.background.end(id, { status, response: JSON.stringify(response) }, deliveries);
		if (isEnded) recorder.add("background", [status]);
		if (isEnded && deliveries.length > 0) sender.look();
		return isEnded;
	}

	/** Of one that another worker has. */
	async #taskOf(owner: string, id: string): Promise<{ task: Task | undefined; caller: undefined }> {
		const { settings, store } = this.#services;
		const text = settings.webhooks.length === 0 ? undefined : await store.background.taskOf(owner, id);
		return { task: text ? (JSON.parse(text) as Task) : undefined, caller: undefined };
	}

	async #look(gone: readonly string[]): Promise<void> {
		const { store, port, sender, settings } = this.#services;
		if (!mayHaveStore(settings)) return;
		try {
			const { free } = this.#runs;
			this.#othersWait = false;
			const taken = free === 0 ? [] : await store.background.take(port.holder, Date.now() + leaseMs, free, gone);
			if (this.#lookout.isClosed) {
				const ids = taken.map(({ id }) => id);
				await store.background.release(port.holder, ids);
				port.due(Date.now());
				return;
			}
			for (const one of taken) this.#goOn(one);
			sender.look();
			await this.#retain();
			const names = settings.webhooks.map(({ name }) => name);
			const times = [
				await store.background.nextAt(),
				names.length === 0 ? undefined : await store.webhooks.nextAt(names),
			];
			const soon = Date.now() + (this.#runs.free === 0 ? fullPauseMs : leastPauseMs);
			this.#othersWait = (times[0] ?? soon) < soon;
			for (const at of times) if (at !== undefined) port.due(Math.max(at, soon));
		} catch (error) {
			this.#report(error);
			port.due(Date.now() + leaseMs);
		}
	}

	#goOn({ id, owner, createdAt, response, task: text, isFollowed, restarts }: TakenBackground): void {
		const task = JSON.parse(text) as Task;
		const caller = callerIn(task, this.#services.keys.table);
		const queued = { ...parse(response), status: "queued" };
		const facts = { id, owner, createdAt, task, caller: caller === "revoked" ? undefined : caller, queued };
		const run = new Run(facts, { isFollowed, isTakenOver: true, turn: restarts });
		const going = caller === "revoked" ? this.#end(run, failedResponse(queued, revoked())) : this.#runs.start(run);
		going.catch((error: unknown) => this.#report(error));
	}

	async #retain(): Promise<void> {
		const now = Date.now();
		if (now - this.#retainedAt < retainEveryMs) return;
		this.#retainedAt = now;
		const { store, settings } = this.#services;
		await store.background.retain(settings.responseMaxAgeMs);
		if (settings.webhooks.length > 0) await store.webhooks.retain(deliveriesKeptMs);
	}

	/** The store itself says what is wrong with it. */
	#report(error: unknown): void {
		if (!(error instanceof StoreError)) this.#services.complain(`responses in the background: ${messageOf(error)}`);
	}
}

/** Before another look: by another worker, and if this one has no room. */
const leastPauseMs = 500;
const fullPauseMs = 2_000;

/** For one that whoever has room takes. */
const nobodys = { holder: "", leaseUntil: 0 };

export function parse(response: string): Json {
	return JSON.parse(response) as Json;
}

function statusOf({ status }: Json): EndedStatus {
	return status === "completed" || status === "incomplete" || status === "cancelled" ? status : "failed";
}

function tooMany(max: number): GatewayError {
	return new GatewayError(
		429,
		`There are ${max} unfinished responses in the background already. Wait until one is over, or cancel one.`,
		{
			code: "too_many_background_responses",
		},
	);
}

function revoked(): GatewayError {
	return new GatewayError(401, "The key that has asked for this response was revoked.", { code: "invalid_api_key" });
}
