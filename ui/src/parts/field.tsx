/** A form field with a label, a value and a hint. */
import { useId } from "preact/hooks";

interface FieldProps {
	label: string;
	hint?: string;
	value: string;
	change(value: string): void;
	isRequired?: boolean;
	placeholder?: string;
	type?: "datetime-local";
	/** Number of lines; undefined for a field of one line. */
	lines?: number;
}

export function Field({ label, hint, value, change, isRequired, placeholder, type, lines }: FieldProps) {
	const id = useId();
	const common = {
		id,
		value,
		required: isRequired === true,
		spellcheck: false,
		...(placeholder === undefined ? {} : { placeholder }),
	};
	return (
		<div class="field">
			<label for={id}>
				{label}
				{hint && <small class="muted"> {hint}</small>}
			</label>
			{lines === undefined ? (
				<input
					{...common}
					{...(type === undefined ? {} : { type })}
					autocomplete="off"
					onInput={({ currentTarget }) => change(currentTarget.value)}
				/>
			) : (
				<textarea {...common} rows={lines} onInput={({ currentTarget }) => change(currentTarget.value)} />
			)}
		</div>
	);
}
