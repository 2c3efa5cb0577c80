/** Loads what a page shows, again when it changes and, where asked to, now and then; not while nobody looks. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { useCredentialChanges } from "./credentials.js";

export interface Loaded<T> {
	/** The last that came; it stays while it is loaded again, and when that fails. */
	data: T | undefined;
	error: unknown;
	reload(): Promise<void>;
}

/**
 * @param load takes a signal that ends it
 * @param dependencies what it depends on: when one changes, what was there is forgotten
 * @param everyMs how often it is loaded again; without it, once
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
	// `key` stands for what `load` depends on
	useEffect(() => {
		setState({ data: undefined, error: undefined });
		void run();
		return () => running.current?.abort();
	}, [key, run]);
	useRepeated(run, everyMs);
	return { ...state, reload: run };
}

/** Begins the wait for the next run when the last one has ended, so that a slow gateway is not asked more and more. */
function useRepeated(run: () => Promise<void>, everyMs: number | undefined): void {
	useEffect(() => {
		if (everyMs === undefined) return;
		let timer: ReturnType<typeof setTimeout> | undefined;
		let isOver = false;
		const plan = () => {
			clearTimeout(timer);
			if (!isOver && !document.hidden) timer = setTimeout(() => void run().finally(plan), everyMs);
		};
		const look = () => {
			if (document.hidden) clearTimeout(timer);
			else void run().finally(plan);
		};
		document.addEventListener("visibilitychange", look);
		plan();
		return () => {
			isOver = true;
			clearTimeout(timer);
			document.removeEventListener("visibilitychange", look);
		};
	}, [run, everyMs]);
}
