/** A request whose answer others may get too. */
export interface Ask {
	/** Hash of whoever asks. */
	readonly owner: string;
	/** Hash of that and of the key it brings. */
	readonly key: string | undefined;
	/** Hash of what is asked for. */
	readonly fingerprint: string;
	/** Its answer is given on while it is under way, and not kept. */
	readonly isFleeting?: boolean;
	/** A part of the answer may be in a file that a process has left which is no more. */
	readonly isTakenOver?: boolean;
}

/** A larger answer is not given to anybody else. */
export const maxLogBytes = 16 * 1024 * 1024;
