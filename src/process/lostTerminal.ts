/** Ends well if the terminal is gone: Node aborts at exit when it can't set the mode of its standard streams back. */
import { closeSync } from "node:fs";
import { isatty } from "node:tty";

const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));

/** Closes, at exit, descriptors that were a terminal and no longer are; Node leaves closed streams alone. */
export function outliveTerminal(): void {
	process.once("exit", () => {
		for (const descriptor of terminals) if (!isatty(descriptor)) closeSync(descriptor);
	});
}
