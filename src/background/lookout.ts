/** Looks for work one time after the other: what is asked for meanwhile is one more look. */

export class Lookout {
	readonly #look: (gone: readonly string[]) => Promise<void>;
	#looking: Promise<void> | undefined;
	/** Workers that are no more, for the look after the one that is under way; undefined if none is wanted. */
	#again: readonly string[] | undefined;
	#isClosed = false;

	/** @param look gets the workers that are no more, and doesn't reject */
	constructor(look: (gone: readonly string[]) => Promise<void>) {
		this.#look = look;
	}

	get isClosed(): boolean {
		return this.#isClosed;
	}

	look(gone: readonly string[]): void {
		if (this.#isClosed) return;
		if (this.#looking !== undefined) {
			this.#again = [...(this.#again ?? []), ...gone];
			return;
		}
		this.#looking = this.#look(gone).finally(() => {
			this.#looking = undefined;
			const again = this.#again;
			this.#again = undefined;
			if (again !== undefined) this.look(again);
		});
	}

	/** No look begins any more. */
	close(): void {
		this.#isClosed = true;
	}

	/** The look that is under way is over. */
	async settled(): Promise<void> {
		await this.#looking;
	}
}
