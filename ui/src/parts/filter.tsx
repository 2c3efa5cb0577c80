/** A filter that is typed, and holds once it is entered or left. */
import { useState } from "preact/hooks";

interface FilterProps {
	label: string;
	/** The one that holds now; empty for any. */
	value: string;
	change(value: string): void;
	placeholder?: string;
}

export function Filter({ label, value, change, placeholder = "any" }: FilterProps) {
	// What is being typed outlives a page that is drawn anew meanwhile, as when its data arrives.
	const [typed, setTyped] = useState<string>();
	return (
		<label>
			<span>{label}</span>
			<input
				type="search"
				value={typed ?? value}
				placeholder={placeholder}
				spellcheck={false}
				onInput={({ currentTarget }) => setTyped(currentTarget.value)}
				onChange={({ currentTarget }) => {
					setTyped(undefined);
					change(currentTarget.value.trim());
				}}
				onBlur={() => setTyped(undefined)}
			/>
		</label>
	);
}
