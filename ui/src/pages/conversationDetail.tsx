/** One conversation: what was said in it, and the responses that have said it. */
import { useState } from "preact/hooks";
import { askJson, queryOf } from "../api.js";
import type { KeptResponseList } from "../contract.js";
import { type Item, paired } from "../items.js";
import { lastPages } from "../lastPages.js";
import { useLoaded } from "../loading.js";
import { Items } from "../parts/items.js";
import { RecordPage } from "../parts/recordPage.js";
import { ResponseTable } from "../parts/responseTable.js";
import { Empty, Shown } from "../parts/states.js";

/** Items of a page, and the most responses that are shown. */
const pageSize = 100;

export function ConversationDetail({ id }: { id: string }) {
	const path = `v1/conversations/${encodeURIComponent(id)}`;
	const [pages, setPages] = useState(1);
	const loaded = useLoaded(
		(signal) => lastPages<Item>(`${path}/items`, { pages, limit: pageSize }, signal),
		[path, pages],
	);
	return (
		<RecordPage
			list="conversations"
			title="Conversations"
			id={id}
			path={path}
			noun="conversation"
			warning="The conversation and its items are deleted; its responses stay. This can't be undone."
		>
			<Shown loaded={loaded}>
				{({ items, hasMore }) => (
					<section class="card" aria-label="Items">
						{hasMore && (
							<button type="button" class="more" onClick={() => setPages(pages + 1)}>
								Show earlier items
							</button>
						)}
						{items.length === 0 ? <Empty title="Nothing was said yet" /> : <Items items={paired([items])[0] ?? []} />}
					</section>
				)}
			</Shown>
			<Responses id={id} />
		</RecordPage>
	);
}

function Responses({ id }: { id: string }) {
	const query = queryOf({ conversation: id, limit: pageSize, order: "desc" });
	const loaded = useLoaded(
		(signal) => askJson<KeptResponseList>("key", `v1/responses/kept?${query}`, { signal }),
		[query],
	);
	return (
		<section aria-label="Responses">
			<h2>Responses</h2>
			<Shown loaded={loaded}>
				{({ data }) =>
					data.length === 0 ? <p class="muted">None that is kept.</p> : <ResponseTable responses={data} />
				}
			</Shown>
		</section>
	);
}
