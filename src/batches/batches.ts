/** Batches that the gateway runs: taken from clients, looked up, cancelled, and taken over from workers that are no more. */
import { Lookout } from "../background/lookout.js";
import { leaseMs } from "../background/runs.js";
import { type Origin, originOf } from "../background/task.js";
import { GatewayError } from "../errors/gatewayError.js";
import { messageOf } from "../errors/problem.js";
import type { Exchange } from "../exchange/exchange.js";
import type { Caller } from "../keys/caller.js";
import type { BatchKind, BatchLine, BatchRecord, TakenBatch } from "../store/batchTypes.js";
import { newId } from "../store/newId.js";
import type { Metadata } from "../store/page.js";
import { mayHaveStore } from "../store/sqliteFile.js";
import { StoreError } from "../store/store.js";
import { BatchRuns } from "./batchRuns.js";
import type { BatchServices } from "./services.js";

export interface BatchRequest {
	readonly exchange: Exchange;
	readonly owner: string;
	readonly kind: BatchKind;
	readonly endpoint: string;
	readonly metadata?: Metadata | undefined;
	/** The file with its lines, or the lines themselves. */
	readonly input:
		| { readonly file: string }
		| { readonly lines: readonly BatchLine[]; readonly model: string | undefined };
	readonly window: string;
	readonly windowSeconds: number;
	/** An upstream is shown the client's credentials. */
	readonly needsCredentials: boolean;
}

const prefixes = { openai: "batch_", messages: "msgbatch_" } as const;
const idLetters = 32;
const retainEveryMs = 3_600_000;
/** Before another look, if this worker has all that it can take. */
const fullPauseMs = 2_000;
const leastPauseMs = 500;

export class Batches {
	readonly #services: BatchServices;
	readonly #runs: BatchRuns;
	readonly #lookout = new Lookout((gone) => this.#look(gone));
	#retainedAt = 0;

	constructor(services: BatchServices) {
		this.#services = services;
		this.#runs = new BatchRuns(services);
		const { port } = services;
		port.lookers.add((gone) => this.look(gone));
		port.stoppers.add((id) => this.#runs.of(id)?.cancel());
	}

	/**
	 * Takes one. What it resolves with is durable, and is run by whichever worker there is.
	 *
	 * @throws GatewayError 429 if its owner has too many; 400 if the gateway runs none
	 */
	async take(request: BatchRequest): Promise<BatchRecord> {
		const { settings, store, port } = this.#services;
		if (settings.batchConcurrency === 0) throw switchedOff();
		const { exchange, owner, kind, input, windowSeconds } = request;
		const id = newId(prefixes[kind], idLetters);
		const createdAt = Math.floor(Date.now() / 1000);
		const origin = originOf(exchange, { needsCredentials: request.needsCredentials, seals: port.seals });
		const facts = {
			...{ id, owner, kind, endpoint: request.endpoint, metadata: request.metadata, window: request.window },
			...{ createdAt, expiresAt: createdAt + windowSeconds, task: JSON.stringify(origin) },
			inputFile: "file" in input ? input.file : undefined,
			...{ keyName: exchange.caller?.keyName, team: exchange.caller?.team },
			...{ holder: port.holder, leaseUntil: Date.now() + leaseMs },
		};
		const sequence = await store.batches.add(facts, settings.batchOwnerMax);
		if (sequence === undefined) throw tooMany(settings.batchOwnerMax);
		port.due(facts.leaseUntil);
		if ("lines" in input) await this.#begin(owner, id, sequence, input);
		const record = (await store.batches.get(owner, id)) as BatchRecord;
		this.#start(record, origin, exchange.caller);
		return record;
	}

	/** If its lines can't be kept, there is no such batch. */
	async #begin(
		owner: string,
		id: string,
		sequence: number,
		{ lines, model }: { lines: readonly BatchLine[]; model: string | undefined },
	): Promise<void> {
		const { batches } = this.#services.store;
		try {
			await batches.addLines(sequence, lines);
			await batches.begin(sequence, { total: lines.length, model });
		} catch (error) {
			await batches.remove(owner, id).catch(() => {});
			throw error;
		}
	}

	/** Cancels one, wherever it is run. @returns undefined if there is none */
	async cancel(owner: string | undefined, id: string): Promise<BatchRecord | undefined> {
		const { store, port } = this.#services;
		const record = await store.batches.cancel(owner, id);
		if (record === undefined || !record.isCancelling) return record;
		this.#runs.of(id)?.cancel();
		port.stop(id);
		return record;
	}

	/** Takes over what nobody runs. @param gone workers that are no more */
	look(gone: readonly string[] = []): void {
		this.#lookout.look(gone);
	}

	/** The worker is about to end: lines in flight are answered, and others run the rest. */
	drain(): void {
		this.#runs.leave(false);
	}

	/** The process is about to end. */
	async close(): Promise<void> {
		this.#lookout.close();
		this.#runs.leave(true);
		await this.#lookout.settled();
	}

	settled(): Promise<void> {
		return this.#runs.settled();
	}

	async #look(gone: readonly string[]): Promise<void> {
		const { store, port, settings } = this.#services;
		if (!mayHaveStore(settings)) return;
		try {
			const { free } = this.#runs;
			const taken = free === 0 ? [] : await store.batches.take(port.holder, Date.now() + leaseMs, free, gone);
			for (const one of taken) this.#goOn(one);
			await this.#retain();
			const next = await store.batches.nextAt();
			if (next !== undefined)
				port.due(Math.max(next, Date.now() + (this.#runs.free === 0 ? fullPauseMs : leastPauseMs)));
		} catch (error) {
			this.#report(error);
			port.due(Date.now() + leaseMs);
		}
	}

	#goOn({ task, ...record }: TakenBatch): void {
		this.#start(record, JSON.parse(task) as Origin, undefined);
	}

	#start(record: BatchRecord, origin: Origin, caller: Caller | undefined): void {
		this.#runs.start({ record, origin, caller }).catch((error: unknown) => this.#report(error));
	}

	async #retain(): Promise<void> {
		const now = Date.now();
		if (now - this.#retainedAt < retainEveryMs) return;
		this.#retainedAt = now;
		const { store, settings } = this.#services;
		await store.batches.retain(settings.batchMaxAgeMs);
	}

	/** The store itself says what is wrong with it. */
	#report(error: unknown): void {
		if (!(error instanceof StoreError)) this.#services.complain(`batches: ${messageOf(error)}`);
	}
}

function tooMany(most: number): GatewayError {
	const message = `There are ${most} unfinished batches already. Wait until one is over, or cancel one.`;
	return new GatewayError(429, message, { code: "too_many_batches" });
}

function switchedOff(): GatewayError {
	return new GatewayError(400, "This gateway runs no batches.", { code: "batches_disabled" });
}
