/** The browser's modal dialog, which keeps the focus and closes on Escape. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Failure } from "./states.js";

export function Dialog({ title, close, children }: { title: string; close(): void; children: ComponentChildren }) {
	const element = useRef<HTMLDialogElement>(null);
	useEffect(() => {
		const dialog = element.current as HTMLDialogElement;
		dialog.showModal();
		return () => dialog.close();
	}, []);
	return (
		<dialog ref={element} aria-label={title} onClose={close} onCancel={close}>
			<header>
				<h2>{title}</h2>
				<button type="button" class="quiet" aria-label="Close" onClick={close}>
					✕
				</button>
			</header>
			{children}
		</dialog>
	);
}

/** Asks for confirmation of an action that can't be undone. */
export function Confirmation({
	title,
	children,
	action,
	run,
	close,
}: {
	title: string;
	children: ComponentChildren;
	action: string;
	run(): Promise<unknown>;
	close(): void;
}) {
	const { error, isBusy, perform } = useAction();
	return (
		<Dialog title={title} close={close}>
			<div class="body">{children}</div>
			{error === undefined ? null : <Failure error={error} />}
			<footer>
				<button type="button" onClick={close}>
					Cancel
				</button>
				<button type="button" class="danger" disabled={isBusy} onClick={() => perform(run, close)}>
					{action}
				</button>
			</footer>
		</Dialog>
	);
}

/** State of an action that the user starts and that may fail. */
export function useAction() {
	const [error, setError] = useState<unknown>(undefined);
	const [isBusy, setBusy] = useState(false);
	const perform = async <T,>(run: () => Promise<T>, done?: (result: T) => void) => {
		setBusy(true);
		setError(undefined);
		try {
			const result = await run();
			setBusy(false);
			done?.(result);
		} catch (failure) {
			setBusy(false);
			setError(failure);
		}
	};
	return { error, isBusy, perform };
}
