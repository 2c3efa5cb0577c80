/** Buttons to page through a list. */

interface PagerProps {
	/** The last ids of the previous pages. */
	after: readonly string[];
	change(after: string[]): void;
	page: { has_more: boolean; last_id: string | null };
}

export function Pager({ after, change, page: { has_more, last_id } }: PagerProps) {
	return (
		<>
			{after.length > 0 && (
				<button type="button" class="more" onClick={() => change(after.slice(0, -1))}>
					Newer
				</button>
			)}
			{has_more && last_id !== null && (
				<button type="button" class="more" onClick={() => change([...after, last_id])}>
					Older
				</button>
			)}
		</>
	);
}
