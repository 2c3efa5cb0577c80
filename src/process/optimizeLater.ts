/** For processes that no request waits for: V8 optimizes only what goes on being busy. */
import { setFlagsFromString } from "node:v8";

/**
 * Fifteen times of V8's own, which finds a process busy that looks up the paths of its modules. Its compiler is 3.5 MB of Node's
 * program that an idle process then never loads.
 */
export const optimizeLaterFlag = "--interrupt-budget=1000000";

/** For this process. */
export function optimizeLater(): void {
	setFlagsFromString(optimizeLaterFlag);
	// Small functions that have been called before now would be optimized by V8's own measure.
	setFlagsFromString("--max-bytecode-size-for-early-opt=0");
}
