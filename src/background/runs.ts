/** Responses that this worker generates in the background: each to its end, or until somebody else takes it over. */
import { GatewayError } from "../errors/gatewayError.js";
import { messageOf } from "../errors/problem.js";
import { isLost } from "../replay/failure.js";
import { cancelled } from "../responses/failures.js";
import { isUnfinished } from "../store/backgroundTypes.js";
import { StoreError } from "../store/store.js";
import { type Answered, askFor } from "./ask.js";
import { failedResponse } from "./response.js";
import type { Run } from "./run.js";
import type { BackgroundServices } from "./services.js";
import { credentialsIn } from "./task.js";

type Json = Record<string, unknown>;

/** A worker that says nothing for so long has lost what it generates to another one. */
export const leaseMs = 15_000;
const renewMs = 4_000;
/** Pause before the gateway, which takes no more connections, is asked again. */
const busyPauseMs = 1_000;

const endings: ReadonlySet<unknown> = new Set(["completed", "incomplete", "failed"]);

export interface RunsOptions extends BackgroundServices {
	/** Writes down that one is over. */
	end(run: Run, response: Json): Promise<void>;
	/** There is room for another one. */
	freed(): void;
}

export class Runs {
	readonly #options: RunsOptions;
	readonly #running = new Map<string, { run: Run; end: Promise<void> }>();
	#renewal: NodeJS.Timeout | undefined;
	#isDraining = false;

	constructor(options: RunsOptions) {
		this.#options = options;
	}

	/** How many more can begin at once. */
	get free(): number {
		return this.#isDraining ? 0 : Math.max(0, this.#options.settings.backgroundMax - this.#running.size);
	}

	/** Generates one, for which there is room. @returns when it is over, or somebody else's */
	start(run: Run): Promise<void> {
		this.#renewal ??= setInterval(() => void this.#renew(), renewMs).unref();
		const end = this.#run(run).finally(() => this.#ended(run));
		this.#running.set(run.facts.id, { run, end });
		return end;
	}

	of(id: string): Run | undefined {
		return this.#running.get(id)?.run;
	}

	/** The store knows already that it is over, or that it is somebody else's. */
	drop(id: string, reason: GatewayError): void {
		const run = this.of(id);
		if (run === undefined) return;
		run.isOver = true;
		run.stop(reason);
	}

	/** Takes no more. */
	drain(): void {
		this.#isDraining = true;
	}

	/** Leaves all to others, who go on from where they are. */
	async abandon(): Promise<void> {
		this.#isDraining = true;
		await this.#leave([...this.#running.values()].map(({ run }) => run).filter(({ isOver }) => !isOver));
	}

	async settled(): Promise<void> {
		await Promise.allSettled([...this.#running.values()].map(({ end }) => end));
		clearInterval(this.#renewal);
	}

	async #leave(left: readonly Run[]): Promise<void> {
		if (left.length === 0) return;
		const { replays, port, store, complain } = this.#options;
		for (const run of left) {
			run.isLeft = true;
			if (run.answerId !== undefined) replays.abandon(run.answerId);
		}
		try {
			await store.background.release(
				port.holder,
				left.map(({ facts }) => facts.id),
			);
		} catch (error) {
			// Their leases end by themselves.
			if (!(error instanceof StoreError)) complain(messageOf(error));
		}
		port.due(Date.now());
		const stopping = new GatewayError(503, "The gateway is stopping.", { code: "gateway_stopping" });
		for (const run of left) run.stop(stopping);
	}

	#ended(run: Run): void {
		clearTimeout(run.timer);
		this.#running.delete(run.facts.id);
		this.#options.freed();
		if (this.#running.size > 0) return;
		clearInterval(this.#renewal);
		this.#renewal = undefined;
	}

	async #run(run: Run): Promise<void> {
		const { settings } = this.#options;
		const leftMs = run.facts.createdAt * 1000 + settings.backgroundTimeoutMs - Date.now();
		if (leftMs <= 0) run.stopReason = tooLate();
		else run.timer = setTimeout(() => run.stop(tooLate()), leftMs).unref();
		while (!run.isOver && !run.isLeft) {
			const answered = run.stopReason === undefined ? await this.#ask(run) : undefined;
			if (run.isOver || run.isLeft) break;
			await this.#judge(run, answered);
		}
	}

	/** @returns undefined if there is no answer */
	async #ask(run: Run): Promise<Answered | undefined> {
		const { inner, port } = this.#options;
		// Lost ones may not be needed: an upstream that does need them says so.
		const credentials = credentialsIn(run.facts.task, port.seals);
		if (inner.accept === undefined) throw new Error("the gateway has no server");
		const hears = { begun: () => void this.#begun(run), ended: (response: Json) => this.#options.end(run, response) };
		const own = { ...run.ownTask(hears), clientCredentials: credentials.clients };
		run.request = undefined;
		run.asked = askFor(inner.accept, run.facts.task, own, credentials.headers);
		if (run.stopReason !== undefined) run.asked.leave();
		return run.asked.over;
	}

	/** What becomes of a response whose request is over, although nobody has said that it is. */
	async #judge(run: Run, answered: Answered | undefined): Promise<void> {
		const failure = run.stopReason ?? run.request?.failure;
		if (run.stopReason === undefined && run.request === undefined) {
			await new Promise((resolve) => setTimeout(resolve, busyPauseMs));
			return;
		}
		const said = answered?.last?.response;
		if (failure === undefined && isEnded(said)) {
			await this.#options.end(run, said as Json);
			return;
		}
		if (isLost(failure) && !(await this.#hasReaders(run))) {
			await this.#options.store.background.restart(run.facts.id);
			run.turn += 1;
			return;
		}
		const error = failure ?? errorIn(answered) ?? cutOff();
		if (!run.isAnswered && !run.hasBegun && run.stopReason === undefined && run.request?.attempts.length === 0) {
			run.refusal = error;
			run.isOver = true;
			return;
		}
		await this.#options.end(run, failedResponse(run.response, error));
		return undefined;
	}

	/** Somebody has been given events, which must not be followed by those of another answer. */
	async #hasReaders(run: Run): Promise<boolean> {
		run.isFollowed ||= await this.#options.store.background.isFollowed(run.facts.id);
		return run.isFollowed;
	}

	/** Only for whoever looks: nothing depends on it. */
	async #begun(run: Run): Promise<void> {
		const text = JSON.stringify({ ...run.response, status: "in_progress" });
		await this.#options.store.background.begin(run.facts.id, text).catch(() => {});
	}

	async #renew(): Promise<void> {
		const { store, port } = this.#options;
		const held = [...this.#running.keys()];
		if (held.length === 0) return;
		const until = Date.now() + leaseMs;
		const kept = await store.background.renew(port.holder, until).catch(() => undefined);
		if (kept === undefined) return;
		port.due(until + renewMs);
		const still = new Set(kept);
		for (const id of held) if (!still.has(id)) await this.#dropIfOver(id).catch(() => {});
	}

	/** One that another worker holds by now goes on here all the same: the other one follows it. */
	async #dropIfOver(id: string): Promise<void> {
		const run = this.of(id);
		if (run === undefined) return;
		const record = await this.#options.store.background.get(run.facts.owner, id);
		if (record === undefined || !isUnfinished(record)) this.drop(id, cancelled());
	}
}

function isEnded(response: unknown): boolean {
	return typeof response === "object" && response !== null && endings.has((response as Json).status);
}

/** The upstream's own refusal, as the client of an ordinary request would read it. */
function errorIn(answered: Answered | undefined): GatewayError | undefined {
	const { error } = (answered?.last ?? {}) as { error?: { message?: unknown; code?: unknown } };
	if (answered === undefined || answered.status < 400 || typeof error?.message !== "string") return undefined;
	return new GatewayError(answered.status, error.message, typeof error.code === "string" ? { code: error.code } : {});
}

function tooLate(): GatewayError {
	return new GatewayError(504, "The response was not complete in the time that it may take in the background.", {
		code: "background_timeout",
	});
}

function cutOff(): GatewayError {
	return new GatewayError(502, "The response broke off.", { code: "upstream_error" });
}
