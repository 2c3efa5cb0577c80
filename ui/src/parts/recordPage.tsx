/** The page of one kept record: the list that it is in, its id, and its deletion. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../api.js";
import { goTo, linkTo } from "../route.js";
import { Confirmation } from "./dialog.js";

interface RecordPageProps {
	/** As in the URL of the page of the list. */
	list: string;
	/** Of the list. */
	title: string;
	id: string;
	/** Of the record in the API. */
	path: string;
	/** What one is called, as in "Delete this response". */
	noun: string;
	/** What else is deleted with it, and that it can't be undone. */
	warning: string;
	children: ComponentChildren;
}

export function RecordPage({ list, title, id, path, noun, warning, children }: RecordPageProps) {
	const [isDeleting, setDeleting] = useState(false);
	return (
		<>
			<header class="page-head">
				<h1>
					<a href={linkTo([list])}>{title}</a> <span class="muted">/</span> <span class="name">{id}</span>
				</h1>
				<button type="button" class="quiet" onClick={() => setDeleting(true)}>
					Delete
				</button>
			</header>
			{children}
			{isDeleting && (
				<Confirmation
					title={`Delete this ${noun}`}
					action="Delete"
					close={() => setDeleting(false)}
					run={async () => {
						await ask("key", path, { method: "DELETE" });
						goTo([list]);
					}}
				>
					<p>{warning}</p>
				</Confirmation>
			)}
		</>
	);
}
