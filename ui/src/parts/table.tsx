/** A table in a card. On a phone each row is a block with its columns' names beside the values. */
import type { ComponentChildren } from "preact";

/** The name of a `hidden` column is for screen readers only. */
export type TableColumn = readonly [name: string, kind?: "number" | "hidden"];

export function Table({
	columns,
	kind,
	isInCard = false,
	children,
}: {
	columns: readonly TableColumn[];
	kind?: string;
	/** Whether it is part of a card, which has the border. */
	isInCard?: boolean;
	children: ComponentChildren;
}) {
	const labels = columns.map(([name, of]) => (of === "hidden" ? "" : name));
	return (
		<div class={isInCard ? "scroll" : "card scroll"}>
			<table class={kind} style={Object.fromEntries(labels.map((name, at) => [`--label-${at + 1}`, cssText(name)]))}>
				<thead>
					<tr>
						{columns.map(([name, of]) => (
							<th key={name} scope="col" class={of === "number" ? "number" : undefined}>
								{of === "hidden" ? <span class="hidden">{name}</span> : name}
							</th>
						))}
					</tr>
				</thead>
				{children}
			</table>
		</div>
	);
}

/** A string of CSS (CSS Syntax 3 §4.3.5). */
function cssText(text: string): string {
	return `"${text.replace(/["\\\n]/g, " ")}"`;
}
