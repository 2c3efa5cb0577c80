/** Reads single values of a configuration file into the settings' own units, and reports what is wrong with them. */
import { parseShare, parseTimerMs } from "../quantity.js";
import type { Path } from "./locatedYaml.js";

export interface Reader {
	/** Says what is wrong with the value at a path; or, with `isKey`, with the name there. */
	report(path: Path, message: string, isKey?: boolean): void;
	/** Whether something is known to be wrong at this path, or around it. */
	isWrong(path: Path): boolean;
	/** The result of reading; undefined, and a problem is reported, if it throws. */
	attempt<T>(path: Path, read: () => T): T | undefined;
	/** Milliseconds of the duration in a member of an object; `undefined` where it has none. */
	duration(of: object, member: string, path: Path, leastMs?: number): number | undefined;
	/** Reads the share in a member of an object, 0 to 1. */
	share(of: object, member: string, path: Path): number | undefined;
	/** A file that the configuration file names, beginning at its folder. */
	fileOf(name: string): string;
	/** The text of a secret, which may be in a file of its own. */
	secret(value: string | { file: string } | undefined, path: Path): string | undefined;
}

export function createReader(base: Pick<Reader, "report" | "isWrong" | "attempt" | "fileOf" | "secret">): Reader {
	const member = <T>(of: object, name: string, path: Path, read: (value: string | number) => T) => {
		const value = (of as Record<string, string | number | undefined>)[name];
		return value === undefined ? undefined : base.attempt([...path, name], () => read(value));
	};
	return {
		...base,
		duration: (of, name, path, leastMs) => member(of, name, path, (value) => parseTimerMs(String(value), leastMs)),
		share: (of, name, path) => member(of, name, path, parseShare),
	};
}
