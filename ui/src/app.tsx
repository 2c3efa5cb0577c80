/** The frame around the pages: the menu, the credentials in use, and the current page. */
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { credential, setCredential, useCredentialChanges } from "./credentials.js";
import { BatchesPage } from "./pages/batches.js";
import { CompletionsPage } from "./pages/completions.js";
import { ConversationsPage } from "./pages/conversations.js";
import { KeysPage } from "./pages/keys.js";
import { OverviewPage } from "./pages/overview.js";
import { PromptsPage } from "./pages/prompts.js";
import { RequestsPage } from "./pages/requests.js";
import { ResponsesPage } from "./pages/responses.js";
import { SessionsPage } from "./pages/sessions.js";
import { UsagePage } from "./pages/usage.js";
import { goTo, linkTo, type Place, usePlace } from "./route.js";

interface Page {
	name: string;
	title: string;
	/** Typed after `g`, opens the page. */
	letter: string;
	Content: ComponentType<{ place: Place }>;
}

const pages: readonly Page[] = [
	{ name: "overview", title: "Overview", letter: "o", Content: OverviewPage },
	{ name: "requests", title: "Requests", letter: "r", Content: RequestsPage },
	{ name: "sessions", title: "Sessions", letter: "s", Content: SessionsPage },
	{ name: "batches", title: "Batches", letter: "b", Content: BatchesPage },
	{ name: "usage", title: "Usage", letter: "u", Content: UsagePage },
	{ name: "keys", title: "Keys", letter: "k", Content: KeysPage },
	{ name: "prompts", title: "Prompts", letter: "p", Content: PromptsPage },
	{ name: "completions", title: "Completions", letter: "c", Content: CompletionsPage },
	{ name: "responses", title: "Responses", letter: "t", Content: ResponsesPage },
	{ name: "conversations", title: "Conversations", letter: "v", Content: ConversationsPage },
];

export function App() {
	const place = usePlace();
	const page = pages.find(({ name }) => name === place.path[0]) ?? (pages[0] as Page);
	useEffect(() => {
		document.title = `${page.title} · LLMGW`;
	}, [page]);
	useLetters();
	return (
		<div class="frame">
			<button type="button" class="skip" onClick={skipToMain}>
				Skip to the content
			</button>
			<nav aria-label="Pages">
				<a class="brand" href={linkTo(["overview"])}>
					<Mark />
					LLMGW
				</a>
				<ul>
					{pages.map(({ name, title, letter }) => (
						<li key={name}>
							<a
								href={linkTo([name])}
								aria-current={name === page.name ? "page" : undefined}
								aria-keyshortcuts={`g ${letter}`}
								aria-label={title}
								data-letters={`g ${letter}`}
							>
								{title}
							</a>
						</li>
					))}
				</ul>
				<SignedIn />
			</nav>
			<main id="main" tabIndex={-1}>
				<page.Content place={place} />
			</main>
		</div>
	);
}

function Mark() {
	return (
		<svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
			<rect class="mark" width="32" height="32" rx="8" />
			<path class="pulse" d="M7 20.500h4l3-10 4.500 13 3-8h3.500" />
		</svg>
	);
}

/** The credentials that this tab has. */
function SignedIn() {
	useCredentialChanges();
	const kinds = [
		["admin", "Administrator"],
		["key", "API key"],
	] as const;
	return (
		<div class="signed-in">
			{kinds
				.filter(([kind]) => credential(kind) !== undefined)
				.map(([kind, name]) => (
					<div key={kind}>
						<span>{name}</span>
						<button type="button" class="quiet" onClick={() => setCredential(kind, undefined)}>
							Sign out<span class="hidden"> ({name})</span>
						</button>
					</div>
				))}
			<a href="docs">API reference</a>
		</div>
	);
}

/** Not a link, since `#main` would be taken for a page. */
function skipToMain(): void {
	document.getElementById("main")?.focus();
}

/** `g` and a letter open a page, unless the user is typing. */
function useLetters(): void {
	useEffect(() => {
		let isAfterG = false;
		const listener = ({ key, target, ctrlKey, metaKey, altKey }: KeyboardEvent) => {
			const isTyping = target instanceof Element && target.closest("input, textarea, select, dialog") !== null;
			if (isTyping || ctrlKey || metaKey || altKey) return;
			const page = isAfterG ? pages.find(({ letter }) => letter === key) : undefined;
			if (page) goTo([page.name]);
			isAfterG = key === "g" && !isAfterG;
		};
		addEventListener("keydown", listener);
		return () => removeEventListener("keydown", listener);
	}, []);
}
