/** An answer that another worker gives or has given, read from the file that it writes. */
import type { GatewayError } from "../errors/gatewayError.js";
import { LogReader } from "./answerFile.js";
import type { AnswerLog } from "./answerLog.js";
import { lost } from "./failure.js";

export class Mirror {
	readonly log: AnswerLog;
	readonly #over: () => void;
	#path: string | undefined;
	/** Bytes of the file that are there to be read. */
	#size = 0;
	#ending: { readonly failure: GatewayError | undefined } | undefined;
	#isReading = false;
	/** Has the reading go on, which waits for more. */
	#wake: (() => void) | undefined;

	/** @param over called when nothing more comes, or can be read */
	constructor(log: AnswerLog, over: () => void) {
		this.log = log;
		this.#over = over;
	}

	/** The answer is in this file. */
	begin(path: string): void {
		this.#path = path;
		void this.#read();
	}

	/** The file has so many bytes now. */
	grow(size: number): void {
		this.#size = Math.max(this.#size, size);
		this.#wake?.();
		void this.#read();
	}

	end(size: number, failure: GatewayError | undefined): void {
		this.#ending ??= { failure };
		this.log.markGiven();
		this.grow(size);
	}

	/** There is no such answer. */
	fail(): void {
		this.#finish(lost());
	}

	async #read(): Promise<void> {
		if (this.#isReading || this.#path === undefined || this.log.ending !== undefined) return;
		if (this.#size === 0) {
			if (this.#ending !== undefined) this.#finish(this.#ending.failure ?? lost());
			return;
		}
		this.#isReading = true;
		let reader: LogReader | undefined;
		try {
			reader = await LogReader.open(this.log, this.#path);
			await this.#readAll(reader);
		} catch {
			this.#finish(lost());
		} finally {
			await reader?.close();
		}
	}

	async #readAll(reader: LogReader): Promise<void> {
		for (;;) {
			const size = this.#size;
			await reader.readTo(size);
			if (size < this.#size) continue;
			if (this.#ending !== undefined) break;
			await new Promise<void>((resolve) => {
				this.#wake = resolve;
			});
		}
		reader.end(this.#ending.failure);
		this.#over();
	}

	#finish(failure: GatewayError): void {
		this.log.end(failure);
		this.#over();
	}
}
