/** The batches that this worker runs: each to its end, or until somebody else takes it over. */
import { leaseMs } from "../background/runs.js";
import { callerIn } from "../background/task.js";
import { GatewayError } from "../errors/gatewayError.js";
import { messageOf } from "../errors/problem.js";
import type { Caller } from "../keys/caller.js";
import { idleRecorder } from "../metrics/metricRecorder.js";
import type { BatchEnd, BatchFault, BatchRecord } from "../store/batchTypes.js";
import { StoreError } from "../store/store.js";
import { untilStored } from "../store/untilStored.js";
import { deliveriesOf } from "../webhooks/message.js";
import { BatchRun, type RunFacts, revoked } from "./batchRun.js";
import { readInput } from "./inputFile.js";
import { Room } from "./room.js";
import type { BatchServices } from "./services.js";

/** Batches that a worker runs at once: they share its room for lines. */
const mostAtOnce = 8;
const renewMs = 4_000;
/** Before one that went wrong is run again: what was wrong may be so for long. */
const pauseAfterFailureMs = 30_000;

export interface NewRun extends RunFacts {
	/** Who has just asked for it; undefined if that was another worker's request. */
	readonly caller: Caller | undefined;
}

export class BatchRuns {
	readonly #services: BatchServices;
	readonly #room: Room;
	readonly #running = new Map<string, { run: BatchRun; end: Promise<void> }>();
	#renewal: NodeJS.Timeout | undefined;
	#isLeaving = false;

	constructor(services: BatchServices) {
		this.#services = services;
		const { settings, load, lines } = services;
		this.#room = new Room(settings.batchConcurrency, () => load.requests - lines.inFlight);
	}

	/** How many more can begin at once. */
	get free(): number {
		if (this.#isLeaving || this.#services.settings.batchConcurrency === 0) return 0;
		return Math.max(0, mostAtOnce - this.#running.size);
	}

	of(id: string): BatchRun | undefined {
		return this.#running.get(id)?.run;
	}

	/** Runs one. @returns when it is over, or somebody else's */
	start(facts: NewRun): Promise<void> {
		const run = new BatchRun(facts, this.#services, this.#room);
		if (this.#isLeaving) run.leave(true);
		this.#renewal ??= setInterval(() => void this.#renew(), renewMs).unref();
		const end = this.#run(run, facts.caller).finally(() => this.#ended(run));
		this.#running.set(facts.record.id, { run, end });
		return end;
	}

	/** Leaves all to others. @param isAtOnce breaks off lines in flight */
	leave(isAtOnce: boolean): void {
		this.#isLeaving = true;
		for (const { run } of this.#running.values()) run.leave(isAtOnce);
	}

	async settled(): Promise<void> {
		await Promise.allSettled([...this.#running.values()].map(({ end }) => end));
		clearInterval(this.#renewal);
	}

	#ended({ facts: { record } }: BatchRun): void {
		this.#running.delete(record.id);
		// There is room for another one.
		if (!this.#isLeaving) this.#services.port.due(Date.now());
		if (this.#running.size > 0) return;
		clearInterval(this.#renewal);
		this.#renewal = undefined;
	}

	async #run(run: BatchRun, caller: Caller | undefined): Promise<void> {
		let pauseMs = 0;
		try {
			if (await this.#validate(run, caller)) {
				await run.answerAll();
				if (!run.isLeft) await this.#end(run, await run.finish());
			}
		} catch (error) {
			const isStoreAway = error instanceof StoreError;
			const fault = isStoreAway ? "its last step can't be kept, and is done again later" : messageOf(error);
			this.#services.complain(`batch ${run.facts.record.id}: ${fault}`);
			run.leave(true);
			pauseMs = pauseAfterFailureMs;
		}
		if (run.isLeft) await this.#release(run, Date.now() + pauseMs);
	}

	/** @returns whether its lines may be answered */
	async #validate(run: BatchRun, live: Caller | undefined): Promise<boolean> {
		const { store, keys, settings } = this.#services;
		const { record, origin } = run.facts;
		const isLeft = () => run.isLeft;
		if (record.status !== "validating" || record.isCancelling) return true;
		// Whoever took the request has died before all of its lines were kept, so that no client has heard of it.
		if (record.inputFile === undefined) {
			await store.batches.remove(record.owner, record.id);
			return false;
		}
		const known = live ?? callerIn(origin, keys.table);
		if (known === "revoked") return this.#refuse(run, [revoked]);
		const content = await this.#contentOf(record.owner, record.inputFile);
		if (content === undefined) return this.#refuse(run, [noSuchFile(record.inputFile)]);
		const { total, model, faults } = await readInput(content, {
			...{ endpoint: record.endpoint, maxLineBytes: settings.maxBodyBytes },
			checkModel: (name) => known?.checkModel(name),
			add: (lines) => untilStored(() => store.batches.addLines(record.sequence, lines), isLeft),
		});
		if (faults.length > 0) return this.#refuse(run, faults);
		await untilStored(() => store.batches.begin(record.sequence, { total, model }), isLeft);
		return true;
	}

	/** @returns undefined if it was removed meanwhile */
	async #contentOf(owner: string, id: string): Promise<AsyncIterable<Buffer> | undefined> {
		const { files } = this.#services;
		try {
			return await files.readContent(await files.find(owner, id));
		} catch (error) {
			if (error instanceof GatewayError && error.status === 404) return undefined;
			throw error;
		}
	}

	async #refuse(run: BatchRun, faults: readonly BatchFault[]): Promise<false> {
		await this.#end(run, { record: run.facts.record, status: "failed", faults });
		return false;
	}

	async #end(run: BatchRun, end: (BatchEnd & { record: BatchRecord }) | undefined): Promise<void> {
		if (end === undefined) return;
		const { store, settings, sender, recorder = idleRecorder } = this.#services;
		const { record, status } = end;
		const type = `batch.${status}` as const;
		const happening = { type, subject: record.id, route: undefined, key: record.keyName, team: record.team };
		const deliveries = deliveriesOf(settings.webhooks, happening);
		const isEnded = await untilStored(
			() => store.batches.end(record.sequence, end, deliveries),
			() => run.isLeft,
		);
		if (!isEnded) return;
		recorder.add("batches", [status]);
		if (deliveries.length > 0) sender.look();
	}

	async #release({ facts: { record } }: BatchRun, at: number): Promise<void> {
		const { store, port } = this.#services;
		// Without that its lease ends by itself.
		await store.batches.release(port.holder, [record.sequence], at).catch(() => {});
		port.due(at);
	}

	async #renew(): Promise<void> {
		const { store, port } = this.#services;
		const until = Date.now() + leaseMs;
		const kept = await store.batches.renew(port.holder, until).catch(() => undefined);
		if (kept === undefined) return;
		if (this.#running.size > 0) port.due(until + renewMs);
		const still = new Map(kept.map(({ sequence, isCancelling }) => [sequence, isCancelling]));
		for (const { run } of this.#running.values()) {
			const isCancelling = still.get(run.facts.record.sequence);
			// Somebody else has it by now, or it was removed.
			if (isCancelling === undefined) run.leave(true);
			else if (isCancelling) run.cancel();
		}
	}
}

function noSuchFile(id: string): BatchFault {
	return { code: "invalid_input_file", message: `There is no file '${id}'.`, param: "input_file_id", line: null };
}
