/** A filter with a few options, or any. */

interface AnyOfProps {
	label: string;
	options: readonly string[];
	/** Empty for any. */
	value: string;
	change(value: string): void;
}

export function AnyOf({ label, options, value, change }: AnyOfProps) {
	return (
		<label>
			<span>{label}</span>
			<select value={value} onChange={({ currentTarget }) => change(currentTarget.value)}>
				<option value="">any</option>
				{options.map((option) => (
					<option key={option}>{option}</option>
				))}
			</select>
		</label>
	);
}
