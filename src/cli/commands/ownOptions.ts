/** The options of one command alone, from flags or their variables. */
import { messageOf, Problems } from "../../errors/problem.js";

/** An option's value, parsed; undefined if neither it nor its variable is given. @throws Problems that name either */
export type OptionReader = <T>(flag: string, parse: (text: string) => T) => T | undefined;

/** @param environment empty for a command whose options are no variables */
export function optionReader(flags: Readonly<Record<string, unknown>>, environment: NodeJS.ProcessEnv): OptionReader {
	return (flag, parse) => {
		const variable = `LLMW_${flag.replaceAll("-", "_").toUpperCase()}`;
		const isFlag = flags[flag] !== undefined;
		const text = isFlag ? String([flags[flag]].flat().at(-1)) : environment[variable];
		if (!isFlag && !text) return undefined;
		try {
			if (!text) throw new Error("no value was given");
			return parse(text);
		} catch (error) {
			throw new Problems([{ where: isFlag ? `--${flag}` : variable, message: messageOf(error) }]);
		}
	};
}

/** Without a path it gets `/v1`, as `--aihost` does. The URL is not shown: a password may stand in it. */
export function readBaseUrl(text: string): string {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash)
		throw new Error("must be an http or https URL such as http://127.0.0.1:42069/v1");
	return `${url.origin}${url.pathname.replace(/\/+$/, "") || "/v1"}`;
}

export function wholeNumber(text: string): number {
	if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`must be a whole number above 0 (got ${JSON.stringify(text)})`);
	return Number(text);
}
