/** Loads a page's data, again when its dependencies change, and optionally at intervals while the page is visible. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { useCredentialChanges } from "./credentials.js";

export interface Loaded<T> {
	/** The latest data, kept while loading again, even if that fails. */
	data: T | undefined;
	error: unknown;
	reload(): Promise<void>;
}

/**
 * @param load takes a signal that aborts it
 * @param dependencies when one changes, the data is discarded and loaded again
 * @param everyMs pause before it is loaded again; undefined to load once
 */
export function useLoaded<T>(
	load: (signal: AbortSignal) => Promise<T>,
	dependencies: readonly unknown[],
	everyMs?: number,
): Loaded<T> {
	const [state, setState] = useState<{ data: T | undefined; error: unknown }>({ data: undefined, error: undefined });
	const latest = useRef(load);
	latest.current = load;
	const running = useRef<AbortController | undefined>(undefined);
	const run = useCallback(async () => {
		running.current?.abort();
		const controller = new AbortController();
		running.current = controller;
		try {
			const data = await latest.current(controller.signal);
			if (!controller.signal.aborted) setState({ data, error: undefined });
		} catch (error) {
			if (!controller.signal.aborted) setState(({ data }) => ({ data, error }));
		}
	}, []);
	const changes = useCredentialChanges();
	const key = JSON.stringify([changes, ...dependencies]);
	// `key` stands for everything that `load` depends on
	useEffect(() => {
		setState({ data: undefined, error: undefined });
		void run();
		return () => running.current?.abort();
	}, [key, run]);
	useRepeated(run, everyMs);
	return { ...state, reload: run };
}

/** Pauses after the end of each run, so that requests don't pile up at a slow gateway. */
function useRepeated(run: () => Promise<void>, everyMs: number | undefined): void {
	useEffect(() => {
		if (everyMs === undefined) return;
		let timer: ReturnType<typeof setTimeout> | undefined;
		let isOver = false;
		const scheduleNext = () => {
			clearTimeout(timer);
			if (!isOver && !document.hidden) timer = setTimeout(() => void run().finally(scheduleNext), everyMs);
		};
		const onVisibilityChange = () => {
			if (document.hidden) clearTimeout(timer);
			else void run().finally(scheduleNext);
		};
		document.addEventListener("visibilitychange", onVisibilityChange);
		scheduleNext();
		return () => {
			isOver = true;
			clearTimeout(timer);
			document.removeEventListener("visibilitychange", onVisibilityChange);
		};
	}, [run, everyMs]);
}
