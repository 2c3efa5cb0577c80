/** Shown in place of data: a hint, an error, or a spinner. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { ApiError, messageOf } from "../api.js";
import type { Loaded } from "../loading.js";
import { SignIn } from "./signIn.js";

/** Shows loaded data; an error is shown above the previous data. */
export function Shown<T>({ loaded, children }: { loaded: Loaded<T>; children: (data: T) => ComponentChildren }) {
	const { data, error, reload } = loaded;
	if (error instanceof ApiError && error.needs !== undefined)
		return <SignIn key={error.needs} kind={error.needs} message={error.message} />;
	return (
		<>
			{error === undefined ? null : <Failure error={error} retry={reload} />}
			{data === undefined ? error === undefined && <Waiting /> : children(data)}
		</>
	);
}

export function Failure({ error, retry }: { error: unknown; retry?: () => unknown }) {
	return (
		<div class="failure" role="alert">
			<span>{messageOf(error)}</span>
			{retry && (
				<button type="button" class="quiet" onClick={() => void retry()}>
					Try again
				</button>
			)}
		</div>
	);
}

export function Waiting() {
	return <div class="waiting" role="status" aria-label="Loading" />;
}

/** An empty state, with a hint on what to do. */
export function Empty({ title, children, command }: { title: string; children?: ComponentChildren; command?: string }) {
	return (
		<div class="empty">
			<h3>{title}</h3>
			{children && <p class="muted">{children}</p>}
			{command && <Command text={command} />}
		</div>
	);
}

/** A command with a button that copies it. */
export function Command({ text }: { text: string }) {
	return (
		<div class="command">
			<pre>{text}</pre>
			<Copy text={text} />
		</div>
	);
}

export function Copy({ text }: { text: string }) {
	const [isCopied, setCopied] = useState(false);
	const copy = async () => {
		// There is no clipboard without https or loopback; the text can still be selected.
		await navigator.clipboard?.writeText(text).then(
			() => setCopied(true),
			() => {},
		);
		setTimeout(() => setCopied(false), 1500);
	};
	return (
		<button type="button" class="quiet copy" onClick={copy}>
			{isCopied ? "Copied" : "Copy"}
		</button>
	);
}

/** A curl command for this gateway. */
export function curlLine(): string {
	const url = new URL("v1/chat/completions", document.baseURI).href;
	return `curl ${url} -H 'content-type: application/json' \\\n  -d '{"messages": [{"role": "user", "content": "Hello AI"}]}'`;
}
